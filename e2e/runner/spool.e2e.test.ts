import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Client } from '@sortie/sdk/client';
import type { Build } from '@sortie/sdk/types';
import { awaitBuild, clientOf, logOf, stepOf } from '@sortie/testing/await-build';
import { becomes } from '@sortie/testing/becomes';
import { type RunnerProcess, startRunnerProcess } from '@sortie/testing/runner-process';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';

const SECRET = 'a-secret-that-runners-and-server-share';
const SLUG = 'ada/spooled';

function pipeline(...steps: readonly (readonly [string, string])[]): string {
  const text = steps.map(
    ([name, command]) => `  - name: ${name}\n    commands:\n      - |-\n        ${command}\n`,
  );
  return `kind: pipeline\ntype: exec\nname: default\nclone: {disable: true}\nsteps:\n${text.join('')}`;
}

function numbers(last: number): string {
  return Array.from({ length: last }, (_, at) => `${at + 1}\n`).join('');
}

/** What the programs of a step have written: its log behind the line that names the command. */
async function written(client: Client, build: Build, name: string): Promise<string> {
  return (await logOf(client, SLUG, build, name)).replace(/^\+ .*\n/, '');
}

/** Real processes of ours on both sides, and folders that outlive them. */
describe('what a runner has written down', () => {
  const running: { dispose(): Promise<unknown> }[] = [];
  let data: string;
  let machine: string;
  let server: ServerProcess;
  let runner: RunnerProcess;
  let copy: WorkingCopy;

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'sortie-test-'));
    machine = await mkdtemp(join(tmpdir(), 'sortie-machine-'));
    server = await startServer();
    runner = await startRunner();
    copy = await createWorkingCopy();
    running.push(copy);
  });
  afterEach(async () => {
    for (const thing of running.splice(0).reverse()) await thing.dispose();
    for (const folder of [data, machine]) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  async function startServer(port = '0'): Promise<ServerProcess> {
    const env = {
      SORTIE_RUNNER: 'false',
      DRONE_RPC_SECRET: SECRET,
      DRONE_SERVER_PORT: `127.0.0.1:${port}`,
      SORTIE_LEASE: '8s',
      SORTIE_SWEEP_INTERVAL: '200ms',
    };
    const started = await startServerProcess({ data, env });
    running.push({ dispose: () => started.stop() });
    return started;
  }

  async function startRunner(): Promise<RunnerProcess> {
    const started = await startRunnerProcess(server.url, { DRONE_RPC_SECRET: SECRET, SORTIE_DATA: machine });
    running.push(started);
    return started;
  }

  async function push(config: string): Promise<void> {
    await writeFile(join(copy.directory, '.drone.yml'), config);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', 'work');
    await copy.git('push', pushUrl(server, SLUG), 'main');
  }

  /** Everything that lies in the spool, as text. */
  async function spooled(): Promise<string> {
    const folder = join(machine, 'runner', 'spool');
    const texts = (await readdir(folder)).map((name) => readFile(join(folder, name), 'latin1'));
    return (await Promise.all(texts)).join('');
  }

  async function exists(path: string): Promise<boolean> {
    return readFile(path).then(
      () => true,
      () => false,
    );
  }

  it('is reported by the next process when one is killed with kill -9: what had ended stays, what ran is lost', async () => {
    await push(
      pipeline(
        ['ends', 'seq 1 20000; printf "no end"'],
        ['runs', 'seq 1 30000; exec sleep 600'],
        ['waits', 'true'],
      ),
    );
    const client = clientOf(server);
    const before = await awaitBuild(client, SLUG, 1, (build) => {
      const step = build.stages?.[0]?.steps?.find(({ name }) => name === 'runs');
      return step?.status === 'running';
    });
    const step = stepOf(before, 'runs').number;
    for await (const event of client.streamLog({ repo: SLUG, build: 1, stage: 1, step })) {
      if (event.type === 'line' && event.text.trim() === '30000') break;
    }
    await runner.stop('SIGKILL');
    await startRunner();
    const build = await awaitBuild(client, SLUG, 1);
    assert.equal(build.status, 'error');
    assert.equal(build.stages?.[0]?.error, 'runner lost');
    const words = build.stages?.[0]?.steps?.map(({ name, status, reason }) => [name, status, reason]);
    assert.deepEqual(words, [
      ['ends', 'success', undefined],
      ['runs', 'error', 'runner-lost'],
      ['waits', 'skipped', undefined],
    ]);
    assert.equal(await written(client, build, 'ends'), `${numbers(20_000)}no end`);
    const lost = await written(client, build, 'runs');
    assert.equal(lost, `${numbers(30_000)}[runner lost: the log ends here]\n`);
    await becomes(spooled, '');
  });

  it('survives the server and the runner: a stage that ended while nobody was there is reported as it ended', async () => {
    const mark = join(data, 'mark');
    const done = join(data, 'done');
    await push(
      pipeline(
        ['first', `echo begun; while [ ! -e ${mark} ]; do sleep 0.1; done; seq 1 50000`],
        ['fails', `printf 'ü\\377 bytes'; touch ${done}; exit 7`],
      ),
    );
    await awaitBuild(clientOf(server), SLUG, 1, (build) => {
      const step = build.stages?.[0]?.steps?.find(({ name }) => name === 'first');
      return step?.status === 'running';
    });
    const { port } = new URL(server.url);
    await server.stop('SIGKILL');
    await writeFile(mark, '');
    await becomes(() => exists(done), true);
    await becomes(async () => (await spooled()).includes('"kind":"finish"'), true);
    await runner.stop('SIGKILL');
    server = await startServer(port);
    await startRunner();
    const client = clientOf(server);
    const build = await awaitBuild(client, SLUG, 1);
    assert.equal(build.status, 'failure');
    const words = build.stages?.[0]?.steps?.map(({ name, status, exit_code: code }) => [name, status, code]);
    assert.deepEqual(words, [
      ['first', 'success', 0],
      ['fails', 'failure', 7],
    ]);
    assert.equal(await written(client, build, 'first'), `begun\n${numbers(50_000)}`);
    const ref = { repo: SLUG, build: 1, stage: 1, step: stepOf(build, 'fails').number };
    const { bytes } = await client.logs.text(ref);
    const tail = Buffer.concat([Buffer.from('ü'), Buffer.from([0xff]), Buffer.from(' bytes')]);
    assert.deepEqual(Buffer.from(bytes).subarray(-tail.length), tail);
  });

  it('arrives when the server was away for longer than a lease: the runner goes on meanwhile', async () => {
    const done = join(data, 'done');
    await push(
      pipeline(
        ['first', 'for i in $(seq 1 20); do echo "line $i"; sleep 0.5; done'],
        ['second', `seq 1 30000; touch ${done}`],
      ),
    );
    await awaitBuild(clientOf(server), SLUG, 1, (build) => {
      const step = build.stages?.[0]?.steps?.find(({ name }) => name === 'first');
      return step?.status === 'running';
    });
    const { port } = new URL(server.url);
    await server.stop('SIGKILL');
    await becomes(() => exists(done), true);
    server = await startServer(port);
    const client = clientOf(server);
    const build = await awaitBuild(client, SLUG, 1);
    assert.equal(build.status, 'success');
    const lines = Array.from({ length: 20 }, (_, at) => `line ${at + 1}\n`).join('');
    assert.equal(await written(client, build, 'first'), lines);
    assert.equal(await written(client, build, 'second'), numbers(30_000));
  });
});
