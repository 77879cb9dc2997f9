import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { becomes } from '@sortie/testing/becomes';
import { buildRun, buildStage, type CollectedRun } from '@sortie/testing/engine-contract';
import type { EngineStage, StepRun } from '../engine.ts';
import { killGroup } from '../process-group.ts';
import { ExecEngine } from './engine.ts';
import { processIdentity } from './process-identity.ts';
import { newStageDirectory } from './stage-directory.ts';

const PATH = '/usr/bin:/bin';

describe('exec engine', () => {
  const signal = new AbortController().signal;
  let base = '';
  let made = 0;

  before(async () => {
    base = await mkdtemp(join(tmpdir(), 'sortie-exec-'));
  });

  after(() => rm(base, { recursive: true, force: true }));

  function newEngine(owner = 'test'): ExecEngine {
    return new ExecEngine({ base, owner, path: PATH, user: 'builder' });
  }

  interface Opened {
    readonly engine: ExecEngine;
    readonly stage: EngineStage;
    readonly runs: readonly CollectedRun[];
  }

  async function open(...scripts: readonly string[]): Promise<Opened> {
    const engine = newEngine();
    made += 1;
    const stage = buildStage(
      `exec${made}`,
      scripts.map((script, at) => ({ name: `step ${at}`, script })),
    );
    await engine.setup(stage, signal);
    return { engine, stage, runs: stage.plan.steps.map((step) => buildRun(step)) };
  }

  /** Runs the scripts one after the other; returns what they printed. */
  async function outputs(...scripts: readonly string[]): Promise<readonly string[]> {
    const { engine, stage, runs } = await open(...scripts);
    for (const run of runs) {
      await engine.start(stage, run, signal);
      await engine.wait(stage, run);
    }
    await engine.destroy(stage);
    return runs.map((run) => run.text());
  }

  /** Starts the step; resolves with its first output. */
  async function firstOutput(engine: ExecEngine, stage: EngineStage, run: CollectedRun): Promise<string> {
    const first = Promise.withResolvers<string>();
    const listening: StepRun = Object.assign(run, {
      output: (bytes: Uint8Array) => first.resolve(String(bytes)),
    });
    await engine.start(stage, listening, signal);
    return await first.promise;
  }

  test('[pipeline 97] a command that reads its input gets none, and those after it run', async () => {
    assert.deepEqual(await outputs('cat\necho after'), ['after\n']);
  });

  test('[pipeline 98] a command with back-ticks is executed once', async () => {
    assert.deepEqual(await outputs('echo `echo once >> count; cat count`'), ['once\n']);
  });

  test('[pipeline 99] a change of directory lasts until the end of its step', async () => {
    const [first = '', second = ''] = await outputs('mkdir sub\ncd sub\npwd', 'pwd');
    assert.ok(first.endsWith('/drone/src/sub\n'), first);
    assert.ok(second.endsWith('/drone/src\n'), second);
  });

  test('both output streams keep their order, and /dev/stdout can be opened', async () => {
    const script = 'echo one\necho two >&2\necho three > /dev/stdout\necho four';
    assert.deepEqual(await outputs(script), ['one\ntwo\nthree\nfour\n']);
  });

  test('a step sees its environment and nothing of the runner', async () => {
    const [text = ''] = await outputs('env | sort');
    const names = text.split('\n').map((line) => line.split('=')[0]);
    const places = ['SORTIE_STAGE_DIRECTORY', 'SORTIE_STEP', 'TMPDIR', 'USER'];
    const own = ['DRONE_HOME', 'DRONE_WORKSPACE', 'HOME', 'PATH', 'PWD', ...places];
    // Some shells add these two by themselves.
    assert.deepEqual(
      names.filter((name) => name !== '' && name !== '_' && name !== 'SHLVL' && name !== 'OLDPWD'),
      own,
    );
  });

  test('an environment beyond what the system takes is an error with a remedy, and leaves nothing open', async () => {
    const { engine, stage, runs } = await open('true');
    const [run] = runs;
    assert.ok(run);
    const before = (await readdir('/proc/self/fd')).length;
    for (let count = 0; count < 5; count += 1) {
      const large: StepRun = { ...run, environment: { LARGE: 'x'.repeat(200_000) } };
      await assert.rejects(engine.start(stage, large, signal), (error) => {
        assert.ok(error instanceof AppError);
        assert.match(`${error.message} ${error.hint}`, /environment of the step is larger .* Shorten/);
        return true;
      });
    }
    assert.ok((await readdir('/proc/self/fd')).length <= before + 1);
    await engine.destroy(stage);
  });

  test('a step after one that has removed the workspace says so', async () => {
    const { engine, stage, runs } = await open('rm -rf "$PWD"', 'true');
    const [first, second] = runs;
    assert.ok(first && second);
    await engine.start(stage, first, signal);
    await engine.wait(stage, first);
    await assert.rejects(engine.start(stage, second, signal), /workspace is gone/);
    await engine.destroy(stage);
  });

  test('the directory of the stage is private', async () => {
    const { engine, stage } = await open('true');
    const names = (await readdir(base)).filter((name) => name.startsWith('drone-'));
    for (const name of names) assert.equal((await stat(join(base, name))).mode & 0o777, 0o700);
    assert.ok(names.length > 0);
    await engine.destroy(stage);
  });

  test('[pipeline 122] a cancelled step takes its background children with it', async () => {
    const { engine, stage, runs } = await open('sleep 1000 &\necho $!\nwait');
    const [run] = runs;
    assert.ok(run);
    const child = Number(await firstOutput(engine, stage, run));
    assert.notEqual(await processIdentity(child), undefined);
    await engine.stop(stage, run, 1000);
    await gone(child);
    await engine.destroy(stage);
  });

  test('a child that has left the process group is gone after destroy', async () => {
    const { engine, stage, runs } = await open('setsid sleep 1000 > /dev/null 2>&1 &\necho $!');
    const [run] = runs;
    assert.ok(run);
    const child = Number(await firstOutput(engine, stage, run));
    await engine.wait(stage, run);
    await engine.destroy(stage);
    await gone(child);
  });

  test('a child in the background that holds the output open does not hold the step', async () => {
    const { engine, stage, runs } = await open('sleep 1000 &\necho done');
    for (const run of runs) {
      await engine.start(stage, run, signal);
      assert.equal((await engine.wait(stage, run)).exitCode, 0);
      assert.equal(run.text(), 'done\n');
    }
    await engine.destroy(stage);
  });

  test('destroy removes what a build has made read-only', async () => {
    const { engine, stage, runs } = await open(
      'mkdir -p cache/deep\ntouch cache/deep/file\nchmod -R a-w cache',
    );
    for (const run of runs) {
      await engine.start(stage, run, signal);
      await engine.wait(stage, run);
    }
    await engine.destroy(stage);
    assert.deepEqual(await readdir(base), []);
  });

  test('a sweep kills and removes what an earlier process has left, and nothing of others', async () => {
    const child = spawn('/bin/sh', ['-c', 'sleep 1000'], { detached: true, stdio: 'ignore' });
    const { pid } = child;
    assert.ok(pid);
    const ended = once(child, 'exit');
    const record = { pid, identity: await processIdentity(pid) };
    await leave('drone-own', 'test', record);
    await leave('drone-other', 'someone else', { pid: process.pid, identity: 'x' });
    assert.deepEqual(await newEngine().sweep(), [`directory ${join(base, 'drone-own')}`]);
    const [, killedBy] = await ended;
    assert.equal(killedBy, 'SIGKILL');
    assert.deepEqual(await readdir(base), ['drone-other']);
    await rm(join(base, 'drone-other'), { recursive: true });
  });

  test('a sweep removes a directory that a process died over while it made it', async () => {
    const mine = newStageDirectory(base, 'died');
    const other = newStageDirectory(base, 'other');
    for (const { root } of [mine, other]) await mkdir(root);
    assert.deepEqual(await newEngine('died').sweep(), [`directory ${mine.root}`]);
    assert.deepEqual(await newEngine('other').sweep(), [`directory ${other.root}`]);
  });

  test('a sweep does not kill a process that has got the number of one of ours', async () => {
    const child = spawn('/bin/sh', ['-c', 'read -r line'], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const { pid } = child;
    assert.ok(pid);
    const ended = once(child, 'exit');
    await leave('drone-own', 'test', { pid, identity: 'another boot 1' });
    await newEngine().sweep();
    assert.equal(killGroup(pid, 0), true);
    child.stdin.end('bye\n');
    assert.deepEqual(await ended, [0, null]);
  });

  async function leave(name: string, owner: string, record: object): Promise<void> {
    await mkdir(join(base, name, 'run'), { recursive: true });
    await writeFile(join(base, name, 'owner.json'), JSON.stringify({ 'io.drone': true, owner }));
    await writeFile(join(base, name, 'run', '1.json'), JSON.stringify(record));
    await writeFile(join(base, name, 'run', '2.json'), '{"pid": 12');
  }
});

/** Resolves when the process is gone; a zombie, which waits for its parent to take note, is. */
async function gone(pid: number): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const [status] = await Promise.allSettled([readFile(`/proc/${pid}/stat`, 'latin1')]);
    return status.status === 'fulfilled' && !/\) [ZX] /.test(status.value);
  };
  await becomes(isThere, false);
}
