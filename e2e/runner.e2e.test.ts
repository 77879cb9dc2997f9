import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { awaitBuild, clientOf, logOf, stepOf } from '@sortie/testing/await-build';
import { type RunnerProcess, startRunnerProcess } from '@sortie/testing/runner-process';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';

const SECRET = 'a-secret-that-runners-and-server-share';
const SLUG = 'ada/remote';

function pipeline(...steps: readonly (readonly [string, string])[]): string {
  const text = steps.map(
    ([name, command]) => `  - name: ${name}\n    commands:\n      - ${JSON.stringify(command)}\n`,
  );
  return `kind: pipeline\ntype: exec\nname: default\nsteps:\n${text.join('')}`;
}

/** Two processes that know nothing of each other but an address and a secret. */
describe('a runner on its own, for a server without one', () => {
  let server: ServerProcess;
  let runner: RunnerProcess;
  let copy: WorkingCopy;
  let builds = 0;

  before(async () => {
    server = await startServerProcess({ env: { SORTIE_RUNNER: 'false', DRONE_RPC_SECRET: SECRET } });
    runner = await startRunnerProcess(server.url, { DRONE_RPC_SECRET: SECRET });
    copy = await createWorkingCopy();
  });
  after(async () => {
    await runner?.dispose();
    await copy?.dispose();
    await server?.dispose();
  });

  async function push(config: string): Promise<number> {
    builds += 1;
    await writeFile(join(copy.directory, '.drone.yml'), config);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--allow-empty', '--message', `build ${builds}`);
    await copy.git('push', pushUrl(server, SLUG), 'main');
    return builds;
  }

  it('[runner 95] clones, runs the steps and reports them; the log is what the programs wrote, byte for byte', async () => {
    const written = 'ü\\t\\x1b[32mok\\x1b[0m\\r50%%\\r100%%\\n\\n\\nno end';
    const number = await push(
      pipeline(
        ['clone-is-there', 'ls -a'],
        ['bytes', `printf '${written}'`],
        ['many', 'seq 1 20000'],
        ['fails', 'exit 3'],
      ),
    );
    const client = clientOf(server);
    const build = await awaitBuild(client, SLUG, number);
    assert.equal(build.status, 'failure');
    const [stage] = build.stages ?? [];
    assert.equal(stage?.machine, 'remote runner');
    assert.deepEqual(
      stage?.steps?.map(({ name, status, exit_code: code }) => `${name} ${status} ${code}`),
      ['clone success 0', 'clone-is-there success 0', 'bytes success 0', 'many success 0', 'fails failure 3'],
    );
    assert.match(await logOf(client, SLUG, build, 'clone-is-there'), /\.drone\.yml/);
    const bytes = await logOf(client, SLUG, build, 'bytes');
    assert.ok(bytes.endsWith('ü\t\u001b[32mok\u001b[0m\r50%\r100%\n\n\nno end'), JSON.stringify(bytes));
    const many = await logOf(client, SLUG, build, 'many');
    const numbers = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('');
    assert.ok(many.endsWith(`\n${numbers}`), many.slice(0, 200));
  });

  it('[runner 115] a cancel ends what runs there, and what it had written stays', async () => {
    const number = await push(pipeline(['waits', 'echo begun; exec sleep 600']));
    const client = clientOf(server);
    const running = await awaitBuild(client, SLUG, number, (build) => {
      const step = build.stages?.[0]?.steps?.find(({ name }) => name === 'waits');
      return step?.status === 'running';
    });
    const log = client.streamLog({
      repo: SLUG,
      build: number,
      stage: 1,
      step: stepOf(running, 'waits').number,
    });
    for await (const event of log) if (event.type === 'line' && event.text.trim() === 'begun') break;
    await client.builds.cancel(SLUG, number);
    const build = await awaitBuild(client, SLUG, number);
    assert.equal(build.status, 'killed');
    assert.match(await logOf(client, SLUG, build, 'waits'), /^begun$/m);
  });

  it('gets the secrets that the file names, stored ones and encrypted ones, and no log shows them', async () => {
    const client = clientOf(server);
    const send = (path: string, json: object) =>
      client.request('POST', `/api/repos/${SLUG}/${path}`, { json });
    await send('secrets', { name: 'stored', data: 'stored-in-the-database' });
    const { data } = (await (await send('encrypt', { data: 'encrypted-in-the-file' })).json()) as {
      data: string;
    };
    const secrets = '    environment:\n      A: {from_secret: stored}\n      B: {from_secret: inline}\n';
    const step = pipeline(['tells', 'echo "$A" "$B" $(echo "$A $B" | wc -c)']);
    const number = await push(`${step}${secrets}---\nkind: secret\nname: inline\ndata: ${data}\n`);
    const build = await awaitBuild(client, SLUG, number);
    assert.equal(build.status, 'success');
    assert.match(await logOf(client, SLUG, build, 'tells'), /^\*{6} \*{6} 45\n$/m);
  });

  it('says that it is healthy', async () => {
    const [, url = ''] = await runner.printed(/health: (http:\S+)\s/);
    assert.equal((await fetch(url)).status, 200);
  });

  it('[runner 99] a stop lets the running stage end and takes no further one', async () => {
    const mark = join(server.data, 'mark');
    const number = await push(pipeline(['ends', `while [ ! -e ${mark} ]; do sleep 0.1; done; echo done`]));
    const client = clientOf(server);
    await awaitBuild(client, SLUG, number, (build) => build.status === 'running');
    const stopped = runner.stop('SIGTERM');
    await runner.printed(/Stopping \(SIGTERM\)/);
    await writeFile(mark, '');
    assert.equal(await stopped, 0);
    const build = await awaitBuild(client, SLUG, number);
    assert.equal(build.status, 'success');
    const next = await push(pipeline(['waits-for-a-runner', 'true']));
    const waiting = await awaitBuild(client, SLUG, next, () => true);
    assert.equal(waiting.status, 'pending');
    await runner.dispose();
    runner = await startRunnerProcess(server.url, { DRONE_RPC_SECRET: SECRET });
    assert.equal((await awaitBuild(client, SLUG, next)).status, 'success');
  });
});

describe('a runner that is told to stop twice', () => {
  it('kills what runs, reports it as killed with its log, and ends', async () => {
    const server = await startServerProcess({ env: { SORTIE_RUNNER: 'false', DRONE_RPC_SECRET: SECRET } });
    const runner = await startRunnerProcess(server.url, { DRONE_RPC_SECRET: SECRET });
    const copy = await createWorkingCopy();
    try {
      await writeFile(join(copy.directory, '.drone.yml'), pipeline(['waits', 'echo begun; exec sleep 600']));
      await copy.git('add', '.');
      await copy.git('commit', '--quiet', '--message', 'long');
      await copy.git('push', pushUrl(server, SLUG), 'main');
      const client = clientOf(server);
      const running = await awaitBuild(client, SLUG, 1, (build) => {
        const step = build.stages?.[0]?.steps?.find(({ name }) => name === 'waits');
        return step?.status === 'running';
      });
      const log = client.streamLog({ repo: SLUG, build: 1, stage: 1, step: stepOf(running, 'waits').number });
      for await (const event of log) if (event.type === 'line' && event.text.trim() === 'begun') break;
      runner.child.kill('SIGTERM');
      await runner.printed(/Stopping \(SIGTERM\)/);
      // The same signal within a second counts as one, since npm hands them on.
      const repeat = setInterval(() => runner.child.kill('SIGTERM'), 300);
      assert.equal(await runner.ended, 0);
      clearInterval(repeat);
      const build = await awaitBuild(client, SLUG, 1);
      assert.equal(build.status, 'killed');
      assert.match(build.stages?.[0]?.error ?? '', /the runner is stopping/);
      assert.match(await logOf(client, SLUG, build, 'waits'), /^begun$/m);
    } finally {
      await runner.dispose();
      await copy.dispose();
      await server.dispose();
    }
  });
});

describe('a runner whose server dies', () => {
  let runner: RunnerProcess | undefined;
  let server: ServerProcess | undefined;
  let copy: WorkingCopy;
  let data: string;

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'sortie-test-'));
    copy = await createWorkingCopy();
  });
  after(async () => {
    await runner?.dispose();
    await server?.stop();
    await copy.dispose();
    await rm(data, { recursive: true, force: true, maxRetries: 3 });
  });

  it('[runner 93] [runner 97] runs on and reports when it is back; nothing is lost or done twice', async () => {
    const settings = { SORTIE_RUNNER: 'false', DRONE_RPC_SECRET: SECRET };
    server = await startServerProcess({ data, env: settings });
    const { port } = new URL(server.url);
    runner = await startRunnerProcess(server.url, { DRONE_RPC_SECRET: SECRET });
    const mark = join(data, 'mark');
    const config = pipeline(
      ['first', `echo before; while [ ! -e ${mark} ]; do sleep 0.1; done; echo after`],
      ['second', 'seq 1 1000'],
    );
    await writeFile(join(copy.directory, '.drone.yml'), config);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', 'outage');
    await copy.git('push', pushUrl(server, SLUG), 'main');
    await awaitBuild(clientOf(server), SLUG, 1, (build) => {
      const step = build.stages?.[0]?.steps?.find(({ name }) => name === 'first');
      return step?.status === 'running';
    });
    await server.stop('SIGKILL');
    await writeFile(mark, '');
    await runner.printed(/a call of the server is repeated/);
    server = await startServerProcess({ data, env: { ...settings, DRONE_SERVER_PORT: `127.0.0.1:${port}` } });
    const client = clientOf(server);
    const build = await awaitBuild(client, SLUG, 1);
    assert.equal(build.status, 'success');
    assert.match(await logOf(client, SLUG, build, 'first'), /before\nafter\n$/);
    const numbers = Array.from({ length: 1000 }, (_, index) => `${index + 1}\n`).join('');
    assert.ok((await logOf(client, SLUG, build, 'second')).endsWith(`\n${numbers}`));
  });

  it('ends at the second signal also while the server is away', async () => {
    assert.ok(server !== undefined && runner !== undefined);
    await writeFile(join(copy.directory, '.drone.yml'), pipeline(['waits', 'exec sleep 600']));
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', 'long');
    await copy.git('push', pushUrl(server, SLUG), 'main');
    await awaitBuild(clientOf(server), SLUG, 2, (build) => build.status === 'running');
    await server.stop('SIGKILL');
    const { child, ended } = runner;
    child.kill('SIGTERM');
    const repeat = setInterval(() => child.kill('SIGTERM'), 300);
    await ended;
    clearInterval(repeat);
    assert.equal(child.signalCode, null, 'it ended by itself');
  });
});

describe('a runner that cannot work', () => {
  it('because a setting is missing names the setting', async () => {
    const runner = await startRunnerProcess('http://127.0.0.1:9');
    assert.equal(await runner.ended, 1);
    assert.match(runner.output(), /A runner needs DRONE_RPC_SECRET, which is not set\.\n.*\(config-value\)/s);
    await runner.dispose();
  });

  it('[runner 96] because its server is not there yet waits for it', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(request.url ?? '');
      if (request.url === '/rpc/v2/ping') response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const runner = await startRunnerProcess(`http://127.0.0.1:${port}`, { DRONE_RPC_SECRET: SECRET });
    await runner.printed(/the server cannot be reached/);
    server.listen(port, '127.0.0.1');
    await runner.printed(/works for/);
    assert.equal(seen[0], '/rpc/v2/ping');
    const stopped = runner.stop('SIGTERM');
    assert.equal(await stopped, 0);
    server.closeAllConnections();
    server.close();
    await runner.dispose();
  });

  it('because the server does not know its secret says so and ends', async () => {
    const server = createServer((_request, response) => void response.writeHead(401).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const runner = await startRunnerProcess(`http://127.0.0.1:${port}`, { DRONE_RPC_SECRET: SECRET });
    assert.equal(await runner.ended, 1);
    assert.match(runner.output(), /does not accept this runner \(401\)\..*DRONE_RPC_SECRET/s);
    server.closeAllConnections();
    server.close();
    await runner.dispose();
  });
});
