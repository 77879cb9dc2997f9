import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Assignment } from '@sortie/contract/runner';
import type { Repo } from '@sortie/core/repo';
import { systemClock } from '@sortie/engine/clock';
import { DummyEngine } from '@sortie/engine/dummy/engine';
import type { Engine } from '@sortie/engine/engine';
import { ExecEngine } from '@sortie/engine/exec/engine';
import { type CloneWorld, createCloneWorld } from '@sortie/testing/clone-world';
import { storedBuild, storedLog } from '@sortie/testing/queue-views';
import { runAssignment, type StageRunDeps } from './stage-run.ts';

const NEVER = new AbortController().signal;

function pipeline(type: string, commands: readonly string[], more = ''): string {
  const lines = commands.map((command) => `      - ${JSON.stringify(command)}\n`).join('');
  const image = type === 'exec' ? '' : '    image: alpine\n';
  return `kind: pipeline\ntype: ${type}\nname: default\nsteps:\n  - name: one\n${image}    commands:\n${lines}${more}`;
}

/** From the token of an owner to the steps of a build, and to none of its logs and files. */
describe('the credentials of a clone', () => {
  let world: CloneWorld;
  let repo: Repo;
  let base: string;
  let token: string;

  beforeEach(async () => {
    world = await createCloneWorld();
    base = await mkdtemp(join(tmpdir(), 'sortie-clone-run-'));
    const ada = await world.addMember('ada');
    token = world.gogs.addToken('ada');
    await world.setToken(ada, { access: token });
    repo = await world.addGogsRepo(ada, 'secret');
  });
  afterEach(async () => {
    await world.close();
    await rm(base, { recursive: true, force: true });
  });

  async function run(
    engine: Engine,
    build: Parameters<CloneWorld['lease']>[1],
    patch: Partial<StageRunDeps> = {},
  ): Promise<Assignment> {
    const assignment = await world.lease(repo, build, engine.type);
    assert.ok(assignment);
    const note = (): void => undefined;
    const deps: StageRunDeps = {
      service: world.stages,
      engines: new Map([[engine.type, engine]]),
      name: 'tester',
      environ: {},
      cloneImage: undefined,
      logLimitBytes: 1_000_000,
      clock: systemClock(),
      sleep: (_ms, signal) => untilAborted(signal),
      random: () => 0,
      log: { info: note, warn: note, error: note },
      ...patch,
    };
    await runAssignment(deps, assignment, NEVER);
    return assignment;
  }

  const execEngine = () =>
    new ExecEngine({ base, owner: 'test', path: process.env.PATH ?? '', user: 'builder' });
  /** A scriptable engine in the place of Docker. */
  const dockerEngine = () => Object.assign(new DummyEngine(), { type: 'docker' });

  it('[scm X25] [scm C3] [scm C1] are in no variable and no file of a later step, and leave nothing behind', async () => {
    const after = world.gogs.push(repo.slug, { files: { 'README.md': 'cloned' } });
    const commands = [
      'cat README.md',
      'env',
      'cat /proc/self/environ',
      'find "$HOME" .. -type f -exec cat {} + 2>/dev/null || true',
      'git config --list --show-origin || true',
    ];
    const { build, cloneCredentials } = await run(execEngine(), {
      config: pipeline('exec', commands),
      after,
    });
    assert.equal(cloneCredentials?.login, token);
    const stored = await storedBuild(world, build.id);
    const { text } = await storedLog(world, stored, 2);
    assert.equal(stored.build.status, 'success', stored.stage.error || text);
    assert.match(text, /cloned/);
    assert.match(text, new RegExp(`url = "${world.gogs.url}ada/secret.git"`));
    const basic = Buffer.from(`${token}:x-oauth-basic`).toString('base64');
    // Masked is not enough: it must not have been there.
    for (const trace of [token, basic, '******', 'x-oauth-basic', 'NETRC'])
      assert.ok(!text.includes(trace), trace);
    const clone = await storedLog(world, stored, 1);
    assert.ok(!clone.text.includes(token));
    assert.deepEqual(await readdir(base), []);
  });

  it('[scm C4] are masked in every log, in all their forms', async () => {
    const basic = Buffer.from(`${token}:x-oauth-basic`).toString('base64');
    const output = `token ${token}\nbasic ${basic}\nword x-oauth-basic\n`;
    const more = `    environment:\n      DUMMY_OUTPUT: ${JSON.stringify(output)}\n`;
    const { build } = await run(dockerEngine(), { config: pipeline('docker', ['true'], more) });
    const { text } = await storedLog(world, await storedBuild(world, build.id), 2);
    assert.ok(!text.includes(token) && !text.includes(basic.slice(4, 44)), text);
    assert.match(text, /^token \*+\n/);
    assert.match(text, /word x-oauth-basic/);
  });

  it('[scm C3] reach later steps in containers as in Drone, unless the runner keeps them to the clone', async () => {
    for (const isNetrcForClone of [false, true]) {
      const engine = dockerEngine();
      await run(engine, { config: pipeline('docker', ['true']) }, { rules: { isNetrcForClone } });
      const { environment } = await engine.called('start', 'one');
      assert.equal(environment.DRONE_NETRC_USERNAME, isNetrcForClone ? undefined : token);
    }
  });

  it('[scm X25] [scm C3] stay with the clone in every build of a fork, also when it is promoted', async () => {
    const fork = { event: 'pull_request', ref: 'refs/pull/1/head', sourceRepo: 'eve/secret' } as const;
    for (const patch of [fork, { ...fork, event: 'promote' as const }, { ...fork, sourceRepo: '' }]) {
      const engine = dockerEngine();
      const config = pipeline('docker', ['true']);
      const assignment = await run(engine, { config, ...patch });
      assert.equal(assignment.cloneCredentials?.login, token);
      const { environment } = await engine.called('start', 'one');
      assert.ok(!JSON.stringify(environment).includes(token));
      const own = dockerEngine();
      await run(own, { config: `${config}clone: {image: evil/git}\n`, ...patch });
      assert.ok(!JSON.stringify((await own.called('start', 'clone')).environment).includes(token));
    }
  });
});

/** Rejects with the reason of the signal, and never before. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
