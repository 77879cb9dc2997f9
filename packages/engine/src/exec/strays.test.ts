import assert from 'node:assert/strict';
import { mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { becomes } from '@sortie/testing/becomes';
import { buildRun, buildStage, type CollectedRun } from '@sortie/testing/engine-contract';
import type { EngineStage } from '../engine.ts';
import { ExecEngine, type ExecOptions } from './engine.ts';

const PATH = '/usr/bin:/bin';

describe('what steps on the machine start', () => {
  const signal = new AbortController().signal;
  let base = '';
  let made = 0;

  before(async () => {
    base = await mkdtemp(join(tmpdir(), 'sortie-strays-'));
  });

  after(() => rm(base, { recursive: true, force: true }));

  interface Opened {
    readonly engine: ExecEngine;
    readonly stage: EngineStage;
    readonly run: CollectedRun;
  }

  async function open(script: string, options: Partial<ExecOptions> = {}): Promise<Opened> {
    const engine = new ExecEngine({ base, owner: 'strays', path: PATH, user: 'builder', ...options });
    made += 1;
    const stage = buildStage(`strays${made}`, [{ name: 'a', script }]);
    await engine.setup(stage, signal);
    const [step] = stage.plan.steps;
    assert.ok(step);
    return { engine, stage, run: buildRun(step) };
  }

  /** Starts the step; resolves with the number that it prints first. */
  async function firstNumber({ engine, stage, run }: Opened): Promise<number> {
    const first = Promise.withResolvers<number>();
    Object.assign(run, { output: (bytes: Uint8Array) => first.resolve(Number(String(bytes))) });
    await engine.start(stage, run, signal);
    return await first.promise;
  }

  const ESCAPES = {
    'has forked twice and leads a session of its own':
      '(setsid sleep 1000 > /dev/null 2>&1 & echo $!) && sleep 1000',
    'has thrown its environment away': 'env -i sleep 1000 > /dev/null 2>&1 &\necho $!\nwait',
  };
  for (const [what, script] of Object.entries(ESCAPES)) {
    test(`[pipeline 122] a cancelled step takes with it a child that ${what}`, async () => {
      const opened = await open(script);
      const child = await firstNumber(opened);
      await sleeps(child);
      await opened.engine.stop(opened.stage, opened.run, 50);
      await gone(child);
      await opened.engine.destroy(opened.stage);
    });
  }

  test('a child without environment, session or group of the step is gone after destroy', async () => {
    const opened = await open('(env -i setsid sleep 1000 > /dev/null 2>&1 & echo $!)');
    const child = await firstNumber(opened);
    await opened.engine.wait(opened.stage, opened.run);
    await opened.engine.destroy(opened.stage);
    await gone(child);
  });

  test('a cancelled step leaves the processes of other steps alone', async () => {
    const engine = new ExecEngine({ base, owner: 'strays', path: PATH, user: 'builder' });
    const script = '(setsid sleep 1000 > /dev/null 2>&1 & echo $!) && sleep 1000';
    const stage = buildStage('neighbours', [
      { name: 'a', script },
      { name: 'b', script },
    ]);
    await engine.setup(stage, signal);
    const [one, other] = stage.plan.steps.map((step) => ({ engine, stage, run: buildRun(step) }));
    assert.ok(one && other);
    const [stopped, left] = [await firstNumber(one), await firstNumber(other)];
    await Promise.all([sleeps(stopped), sleeps(left)]);
    await engine.stop(stage, one.run, 50);
    await gone(stopped);
    assert.match(await readFile(`/proc/${left}/cmdline`, 'latin1'), /^sleep/);
    await engine.destroy(stage);
    await gone(left);
  });

  test('each step has a folder for temporary files, which goes with the stage', async () => {
    const { engine, stage, run } = await open('touch "$TMPDIR/file"\nls "$TMPDIR"\necho "$TMPDIR"');
    await engine.start(stage, run, signal);
    await engine.wait(stage, run);
    const [name, folder = ''] = run.text().split('\n');
    assert.equal(name, 'file');
    assert.ok(folder.startsWith(base));
    await engine.destroy(stage);
    await assert.rejects(readlink(folder), { code: 'ENOENT' });
  });

  test('links of the runner lead out of the folder of a stage, and none may lie outside of it', async () => {
    const { engine, stage, run } = await open('readlink ../../shared/cache', {
      symlinks: { [tmpdir()]: '/shared/cache' },
    });
    await engine.start(stage, run, signal);
    await engine.wait(stage, run);
    assert.equal(run.text(), `${tmpdir()}\n`);
    await engine.destroy(stage);
    await assert.rejects(open('true', { symlinks: { '/etc': '../../outside' } }), { code: 'config-value' });
  });
});

/** Resolves when the process has begun to sleep: between its fork and that it has other programs and environments. */
async function sleeps(pid: number): Promise<void> {
  await becomes(async () => (await readFile(`/proc/${pid}/cmdline`, 'latin1')).startsWith('sleep'), true);
}

/** Resolves when the process is gone; a zombie, which waits for its parent to take note, is. */
async function gone(pid: number): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const [status] = await Promise.allSettled([readFile(`/proc/${pid}/stat`, 'latin1')]);
    return status.status === 'fulfilled' && !/\) [ZX] /.test(status.value);
  };
  await becomes(isThere, false);
}
