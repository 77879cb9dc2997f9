import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import { openDocker } from './client.ts';
import { type Ran, type RunOptions, runSteps, type StepDraft } from './docker-run.fixture.ts';
import { DockerEngine } from './engine.ts';
import { openRegistry } from './registry.fixture.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';

describe('steps in Docker', () => {
  let directory = '';
  let docker: Docker;
  let engine: DockerEngine;
  let made = 0;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sortie-docker-'));
    docker = await openDocker({});
    engine = newEngine('steps');
    await engine.check(new AbortController().signal);
  });

  after(async () => {
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  });

  function newEngine(owner: string): DockerEngine {
    const git = { path: PATH, protocols: ['file'] };
    return new DockerEngine({ owner: `${owner}-${process.pid}`, tempDirectory: directory, git });
  }

  function run(drafts: readonly StepDraft[], options: RunOptions = {}): Promise<Ran> {
    made += 1;
    return runSteps(engine, `docker${made}`, drafts, options);
  }

  test('steps share the workspace and see the status of the stage', async () => {
    const { steps, log } = await run([
      { name: 'write', script: 'echo content > file; echo $DRONE_STAGE_STATUS; exit 2' },
      { name: 'skipped', script: 'true' },
      { name: 'read', runPolicy: 'on-failure', script: 'cat file; echo $DRONE_STAGE_STATUS; pwd' },
    ]);
    assert.deepEqual(steps, ['write failure 2', 'skipped skipped 0', 'read success 0']);
    assert.equal(log('write'), 'success\n');
    assert.equal(log('read'), 'content\nfailure\n/drone/src\n');
  });

  test('[pipeline 91] an image that is neither here nor can be pulled breaks the stage', async () => {
    const image = 'localhost:1/sortie/none:1';
    const { steps, outcome, log } = await run([
      { name: 'a', image, failure: 'ignore', script: 'true' },
      { name: 'b', script: 'true' },
    ]);
    assert.deepEqual(steps, ['a error 255', 'b skipped 0']);
    assert.equal(outcome.status, 'error');
    assert.match(outcome.error, /The image localhost:1\/sortie\/none:1 cannot be pulled: .*Check its name/);
    assert.match(log('a'), /cannot be pulled/);
  });

  test('[pipeline 93] a step that needs more memory than its limit has failed with 137', async () => {
    const entrypoint = ['tail', '-c', '64000000', '/dev/zero'];
    const drafts = [{ name: 'a', entrypoint, memoryLimitBytes: 8 * 1024 * 1024 }];
    const run137 = async (triesLeft: number): Promise<Ran> => {
      const ran = await run(drafts);
      assert.deepEqual(ran.steps, ['a failure 137']);
      const isTold = ran.outcome.steps[0]?.result.reason === 'oom';
      // A busy containerd misses now and then what the kernel says; then nobody can tell the signal from others.
      return isTold || triesLeft === 0 ? ran : await run137(triesLeft - 1);
    };
    const { outcome, log } = await run137(5);
    const [first] = outcome.steps;
    assert.equal(first?.result.reason, 'oom');
    assert.match(first?.result.error ?? '', /more memory than its limit of 8 MiB/);
    assert.match(log('a'), /more memory than its limit/);
  });

  test('[pipeline 96] a service is reachable by its name, and one without an image leaves the stage alone', async () => {
    const service = { kind: 'service', detached: true, dependsOn: [] } as const;
    const { steps, log } = await run([
      { name: 'web', ...service, script: 'while :; do echo pong | nc -l -p 8080; done' },
      { name: 'broken', ...service, image: 'localhost:1/sortie/none:1' },
      {
        name: 'ask',
        dependsOn: ['web', 'broken'],
        // What has just begun to listen may end without an answer when it is asked too early.
        script:
          'until nc -w 10 web 8080 < /dev/null > answer && grep -q pong answer; do sleep 0.1; done; cat answer',
      },
    ]);
    assert.deepEqual(steps, ['web success 0', 'broken error 255', 'ask success 0']);
    assert.equal(log('ask').trim().split('\n').at(-1), 'pong');
    assert.match(log('broken'), /cannot be pulled/);
  });

  test('[pipeline 97] [pipeline 98] [pipeline 99] commands run once, in one shell, without input', async () => {
    const { log } = await run([
      { name: 'a', script: 'cat\necho `echo once >> n; cat n`\nmkdir sub\ncd sub\npwd' },
      { name: 'b', script: 'pwd' },
    ]);
    assert.equal(log('a'), 'once\n/drone/src/sub\n');
    assert.equal(log('b'), '/drone/src\n');
  });

  test('[pipeline 105] a tagged image that is here is used, and one that is not here never comes with `never`', async () => {
    const { steps, log, outcome } = await run([
      { name: 'tagged', script: 'echo ran' },
      { name: 'never', image: 'localhost:1/sortie/none:1', pull: 'never', script: 'true' },
    ]);
    assert.deepEqual(steps, ['tagged success 0', 'never error 255']);
    assert.equal(log('tagged'), 'ran\n');
    assert.match(outcome.error, /must not be pulled/);
    assert.equal(outcome.steps[1]?.result.reason, 'pull');
  });

  test('the log of a step shows a pull while it goes on', async () => {
    const registry = await openRegistry();
    const gate = Promise.withResolvers<void>();
    registry.hold = gate.promise;
    const image = `${registry.host}/team/slow:1`;
    const { steps, log } = await run([{ name: 'a', image, entrypoint: ['/none'] }], {
      onOutput: (_name, text) => {
        if (text.includes('Pulling from team/slow')) gate.resolve();
      },
    });
    await registry.close();
    await docker.getImage(image).remove();
    assert.deepEqual(steps, ['a error 255']);
    assert.match(
      log('a'),
      /Pulling from team\/slow\nDigest: .*\nStatus: Downloaded .*\nThe step a cannot be started/,
    );
  });

  test('a script of any length runs', async () => {
    const script = `: ${'x'.repeat(300_000)}\necho done`;
    assert.equal((await run([{ name: 'a', script }])).log('a'), 'done\n');
  });

  test('an image without a shell is a clear error', async () => {
    // An archive of nothing: two blocks of zeros.
    const archive = Readable.from([Buffer.alloc(1024)]);
    const imported = await docker.importImage(archive, { repo: 'sortie-empty', tag: '1' });
    for await (const _answer of imported);
    const { outcome } = await run([{ name: 'a', image: 'sortie-empty:1', script: 'true' }]);
    await docker.getImage('sortie-empty:1').remove();
    assert.match(
      outcome.error,
      /The image sortie-empty:1 has no \/bin\/sh, so it cannot run commands\. Use an image/,
    );
  });

  test('the built-in clone fills the workspace for everybody, whoever they are', async () => {
    const repository = await makeRepository();
    const clone = {
      url: `file://${repository}`,
      ref: 'refs/heads/main',
      commit: '',
      branch: 'main',
      depth: 0,
      retries: 0,
      skipVerify: false,
      trace: false,
    };
    const { steps, log } = await run(
      [
        { name: 'clone', kind: 'clone', image: undefined, clone },
        {
          name: 'root',
          workingDir: '/work/app',
          script: 'ls -l | tail -n +2 | cut -c1-10; ./tool; ls -d .git; id -u',
        },
        { name: 'user', workingDir: '/work/app', user: '65534', script: 'cat link; ./tool; id -u' },
      ],
      { plan: { workspace: { base: '/work', path: '/work/app' } } },
    );
    assert.deepEqual(
      steps,
      ['clone success 0', 'root success 0', 'user success 0'],
      log('clone') + log('root'),
    );
    assert.match(log('clone'), /^\+ git fetch/);
    assert.equal(log('root'), '-rw-r--r--\nlrwxrwxrwx\n-rwxr-xr-x\ntool runs\n.git\n0\n');
    assert.equal(log('user'), 'hello\ntool runs\n65534\n');
    const all = await readdir(directory, { recursive: true });
    assert.deepEqual(
      all.filter((name) => name.includes('stage-')),
      [],
    );
  });

  async function makeRepository(): Promise<string> {
    const repository = join(directory, 'repository');
    await mkdir(repository);
    await writeFile(join(repository, 'file'), 'hello\n');
    await writeFile(join(repository, 'tool'), '#!/bin/sh\necho tool runs\n', { mode: 0o755 });
    await symlink('file', join(repository, 'link'));
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
    for (const args of [
      ['init', '-q', '-b', 'main'],
      ['add', '.'],
      [...identity, 'commit', '-q', '-m', 'one'],
    ]) {
      await promisify(execFile)('git', args, { cwd: repository, env: { PATH, HOME: directory } });
    }
    return repository;
  }

  test('a cancel kills the container at once', async () => {
    const abort = new AbortController();
    const { steps, outcome } = await run(
      [
        { name: 'a', script: "trap '' TERM; echo up; while :; do sleep 1; done" },
        { name: 'b', runPolicy: 'always', script: 'true' },
      ],
      { signal: abort.signal, onOutput: () => abort.abort(new Error('cancelled')) },
    );
    assert.deepEqual(steps, ['a killed 137', 'b skipped 0']);
    assert.equal(outcome.status, 'killed');
  });

  test('temporary volumes are shared between steps and gone afterwards', async () => {
    const mounts = [{ volume: 'cache', path: '/cache' }];
    const { log } = await run(
      [
        { name: 'a', mounts, script: 'echo kept > /cache/file' },
        { name: 'b', mounts, script: 'cat /cache/file' },
      ],
      { plan: { volumes: [{ name: 'cache', kind: 'temp' }] } },
    );
    assert.equal(log('b'), 'kept\n');
  });
});
