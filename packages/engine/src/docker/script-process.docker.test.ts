import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { becomes } from '@sortie/testing/becomes';
import { buildRun, buildStage } from '@sortie/testing/engine-contract';
import { TEST_IMAGE } from '@sortie/testing/test-image';
import { type Ran, runSteps, type StepDraft } from './docker-run.fixture.ts';
import { DockerEngine } from './engine.ts';

for (const earlyStarts of [3, 0]) {
  const way = earlyStarts === 0 ? 'in the arguments of its container' : 'over the input of its container';

  describe(`a script that comes ${way}`, () => {
    let engine: DockerEngine;
    let made = 0;

    before(async () => {
      const owner = `script${earlyStarts}-${process.pid}`;
      engine = new DockerEngine({
        owner,
        tempDirectory: tmpdir(),
        git: { path: '/usr/bin:/bin' },
        earlyStarts,
      });
      await engine.check(new AbortController().signal);
    });

    after(() => engine.close());

    function run(drafts: readonly StepDraft[]): Promise<Ran> {
      made += 1;
      return runSteps(engine, `script${earlyStarts}-${made}`, drafts);
    }

    test('may end itself with a signal, of which nobody else says anything', async () => {
      const { steps, log } = await run([
        { name: 'term', failure: 'ignore', script: 'echo up; kill -TERM $$; echo never' },
        { name: 'kill', failure: 'ignore', script: 'echo up; kill -KILL $$; echo never' },
      ]);
      assert.deepEqual(steps, ['term failure 143', 'kill failure 137']);
      assert.deepEqual([log('term'), log('kill')], ['up\n', 'up\n']);
    });

    test('and its children are asked to end, before they are made to', async () => {
      const child = `trap 'echo child asked; exit 0' TERM; echo up; while :; do sleep 0.05; done`;
      const script = `trap 'echo parent asked; exit 7' TERM; sh -c "${child}"`;
      const image = { image: TEST_IMAGE, workingDir: '/drone/src' };
      const stage = buildStage(`asked${earlyStarts}`, [{ name: 'a', ...image, script }]);
      const [step] = stage.plan.steps;
      assert.ok(step);
      const run = buildRun(step);
      const { signal } = new AbortController();
      await engine.setup(stage, signal);
      await engine.start(stage, run, signal);
      await becomes(async () => run.text(), 'up\n');
      await engine.stop(stage, run, 60_000);
      assert.deepEqual(await engine.wait(stage, run), { exitCode: 7, isOomKilled: false });
      // A shell may say of its own that its `sleep` was terminated.
      const said = run
        .text()
        .split('\n')
        .filter((line) => line !== 'Terminated');
      assert.deepEqual(said, ['up', 'child asked', 'parent asked', '']);
      await engine.destroy(stage);
    });

    test('may turn its output away, and finds there what it has written and nothing else', async () => {
      const { steps, log } = await run([
        { name: 'a', script: 'exec >out 2>err; echo one; echo two >&2; (echo three >&3) || echo closed' },
        { name: 'b', script: 'printf \'%s|\' "$(cat out)" "$(grep -v \'bad file\' err)"' },
      ]);
      assert.deepEqual(steps, ['a success 0', 'b success 0']);
      assert.equal(log('a'), '');
      assert.match(log('b'), /^one\nclosed\|two(\n[^|]*3[^|]*)?\|$/);
    });

    test('reaches the log through the outputs of the first process, too', async () => {
      const { steps, log } = await run([
        { name: 'a', script: 'echo one >/proc/1/fd/1; echo two >/proc/1/fd/2; echo three >/dev/stderr' },
      ]);
      assert.deepEqual(steps, ['a success 0']);
      assert.deepEqual(log('a').split('\n').sort(), ['', 'one', 'three', 'two']);
    });

    test('has ended with all that it has left running, before the next one begins', async () => {
      const { steps } = await run([
        { name: 'a', script: ': >file; while :; do echo x >>file; done >/dev/null 2>&1 & sleep 0.1' },
        { name: 'b', script: 'wc -c <file >one; sleep 0.3; wc -c <file | cmp - one && [ -s file ]' },
      ]);
      assert.deepEqual(steps, ['a success 0', 'b success 0']);
    });

    test('keeps every byte of both streams, also without a last newline', async () => {
      const script = 'yes out | head -c 3000000; yes err | head -c 3000000 >&2; printf end; printf END >&2';
      const { steps, log } = await run([{ name: 'a', script }]);
      assert.deepEqual(steps, ['a success 0']);
      const text = log('a');
      assert.equal(text.length, 6_000_006);
      assert.equal(text.replaceAll(/[^o]/g, '').length, 750_000);
      assert.equal(text.replaceAll(/[^E]/g, '').length, 1);
    });
  });
}
