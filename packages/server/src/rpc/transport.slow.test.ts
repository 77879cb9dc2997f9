import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { listen } from '../listen.ts';
import { accepted, aScriptedRunner, createRpcWorld, type RpcWorld, running } from './rpc-world.fixture.ts';

describe('calls of official runners', () => {
  let world: RpcWorld;
  beforeEach(async () => {
    world = await createRpcWorld();
  });
  afterEach(() => world.close());

  test('[runner 1] a ping with the shared secret is answered with nothing', async () => {
    const answer = await world.call('POST', '/ping');
    assert.deepEqual([answer.status, answer.text], [200, '']);
  });

  test('[runner 2] [W 32] a wrong or missing token is refused late and without a word', async () => {
    for (const token of ['wrong', '', `${'x'.repeat(40)}`]) {
      const answer = await world.call('POST', '/ping', { token });
      assert.deepEqual([answer.status, answer.text], [401, '']);
    }
    assert.deepEqual(world.delays, [5_000, 5_000, 5_000]);
    assert.equal((await world.call('POST', '/ping')).status, 200);
  });

  test('[W 19] after too many guesses from one address not even a look is taken', async () => {
    for (let guess = 0; guess < 40; guess += 1) {
      const answer = await world.call('POST', '/ping', { token: `guess-${guess}`, address: '10.9.9.9' });
      assert.equal(answer.status, 401);
    }
    assert.equal((await world.call('POST', '/ping', { address: '10.9.9.9' })).status, 401);
    assert.equal((await world.call('POST', '/ping', { address: '10.1.1.1' })).status, 200);
  });

  test('[runner 3] without a secret and without tokens every call is forbidden', async () => {
    const closed = await createRpcWorld({ env: { DRONE_RPC_SECRET: '' } });
    for (const [method, path] of CALLS) {
      assert.equal((await closed.call(method, path, { token: '' })).status, 403, `${method} ${path}`);
    }
    await closed.close();
  });

  test('[runner 4] reading a ping is the wrong method', async () => {
    const answer = await world.call('GET', '/ping');
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'POST']);
    assert.equal((await world.call('POST', '/nothing')).status, 404);
  });

  test('[runner 5] [runner 6] bodies need no content type, and are read as Go reads them', async () => {
    await world.start();
    const text = '{"KIND":"pipeline","Type":"docker","OS":"linux","arch":"amd64","none":null,"new":1}\n';
    const offered = await world.call('POST', '/stage', { text });
    assert.equal(offered.body.id, 1);
    const runner = aScriptedRunner(world);
    const stage = (await runner.accept(1)).body;
    const steps = '[{"Number":1,"name":"a \\u003c b \\u0026 \\u003e","status":"pending","id":0}]';
    const report = `{"ID":1,"Status":"running","version":${stage.version},"steps":${steps}}\n`;
    const answer = await world.call('PUT', '/stage/1', { text: report });
    assert.equal(answer.body.steps[0].name, 'a < b & >');
  });

  test('[runner 7] runners may come and go', async () => {
    assert.equal((await world.call('POST', '/nodes/my-host')).status, 200);
    assert.equal((await world.call('DELETE', '/nodes/my-host')).status, 200);
  });

  test('[runner 9] connections stay open between calls for longer than a runner keeps them', async () => {
    const listener = await listen({ host: '127.0.0.1', port: 0 });
    await world.app.ready();
    listener.serve(world.app.routing, () => undefined);
    assert.ok(listener.server.keepAliveTimeout > 90_000);
    assert.deepEqual([listener.server.requestTimeout, listener.server.timeout], [0, 0]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await post(agent, listener.port);
    assert.deepEqual(await post(agent, listener.port), first);
    agent.destroy();
    await new Promise((resolve) => listener.server.close(resolve));
  });

  test('[runner 10] [W 8] while the database is away every call is told to come again', async () => {
    await world.start();
    await world.start();
    const runner = aScriptedRunner(world);
    await accepted(runner);
    await running(runner);
    await world.db.destroy();
    for (const [method, path] of CALLS) {
      const answer = await world.call(method, path, { body: { id: 1, status: 'running', version: 2 } });
      assert.equal(answer.status, 503, `${method} ${path}: ${answer.status} ${answer.text}`);
    }
  });

  test('a server that stops sends those who wait away, to come again', async () => {
    const patient = await createRpcWorld({ env: { SORTIE_RPC_POLL: '60s', SORTIE_RPC_WATCH: '60s' } });
    const { build } = await patient.start();
    const runner = aScriptedRunner(patient);
    await running(runner);
    const waiting = [runner.poll(), runner.watch(build.id)];
    await new Promise((resolve) => setImmediate(resolve));
    await patient.app.close();
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ status }) => status),
      [503, 503],
    );
    await patient.close();
  });

  test('[runner 11] runners are never redirected, neither to TLS nor by a slash', async () => {
    const secure = await createRpcWorld({
      env: {
        DRONE_HTTP_SSL_REDIRECT: 'true',
        DRONE_SERVER_HOST: 'ci.example.com/ci',
        DRONE_SERVER_PROTO: 'https',
      },
    });
    assert.equal((await secure.call('POST', '/ping')).status, 200);
    assert.equal((await secure.call('POST', '/ping/')).status, 200);
    const below = await secure.app.inject({
      method: 'POST',
      url: '/ci/rpc/v2/ping',
      headers: { 'x-drone-token': 'the-shared-secret' },
    });
    assert.equal(below.statusCode, 200);
    assert.equal((await secure.app.inject({ url: '/api/user' })).statusCode, 301);
    await secure.close();
  });
});

const CALLS = [
  ['POST', '/ping'],
  ['POST', '/stage'],
  ['POST', '/stage/1?machine=my-host'],
  ['GET', '/stage/1'],
  ['PUT', '/stage/1'],
  ['PUT', '/step/1'],
  ['POST', '/build/1/watch'],
] as const;

/** The port of our side of the connection. */
function post(agent: Agent, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-drone-token': 'the-shared-secret' };
    const options = { agent, port, method: 'POST', path: '/rpc/v2/ping', headers };
    request({ host: '127.0.0.1', ...options }, (response) => {
      const { localPort } = response.socket;
      response.resume().once('end', () => setImmediate(() => resolve(localPort)));
    })
      .once('error', reject)
      .end();
  });
}
