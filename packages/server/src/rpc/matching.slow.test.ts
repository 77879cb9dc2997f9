import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { pauseQueue, resumeQueue } from '../queue/pause.ts';
import { createRunnerService } from '../queue/runner-service.ts';
import { sweep } from '../services/sweep.ts';
import type { StageDraft } from '../store/stages.ts';
import {
  accepted,
  aScriptedRunner,
  createRpcWorld,
  DOCKER,
  type RpcWorld,
  running,
  SECRET,
} from './rpc-world.fixture.ts';

interface Match {
  readonly title: string;
  readonly stage: Partial<StageDraft>;
  readonly filter: object;
  readonly isMatch: boolean;
}

const platform = (patch: object) => ({
  platform: { os: 'linux', arch: 'amd64', variant: '', version: '', ...patch },
});

const MATCHES: readonly Match[] = [
  { title: '[runner 12] an empty filter', stage: {}, filter: { os: '', arch: '' }, isMatch: true },
  { title: '[runner 13] a filter with only an os', stage: {}, filter: { os: 'linux' }, isMatch: false },
  {
    ...{ title: '[runner 14] a filter that names variant and kernel', stage: {} },
    filter: { os: 'linux', arch: 'amd64', variant: 'v8', kernel: '5' },
    isMatch: true,
  },
  {
    ...{ title: '[runner 15] arm without a variant', stage: platform({ arch: 'arm', variant: 'v7' }) },
    filter: { os: 'linux', arch: 'arm' },
    isMatch: false,
  },
  {
    ...{ title: '[runner 15] arm v7', stage: platform({ arch: 'arm', variant: 'v7' }) },
    filter: { os: 'linux', arch: 'arm', variant: 'v7' },
    isMatch: true,
  },
  {
    ...{ title: '[runner 16] another kernel', stage: platform({ os: 'windows', version: '1809' }) },
    filter: { os: 'windows', arch: 'amd64', kernel: '1803' },
    isMatch: false,
  },
  {
    ...{ title: '[runner 17] any platform of a type' },
    stage: { type: 'kubernetes', ...platform({ os: 'windows', arch: 'arm64' }) },
    filter: { type: 'kubernetes' },
    isMatch: true,
  },
  { title: '[runner 18] no type for exec', stage: { type: 'exec' }, filter: { type: '' }, isMatch: false },
  { title: '[runner 18] no type for docker', stage: {}, filter: { type: '' }, isMatch: true },
  { title: '[runner 18] another kind', stage: {}, filter: { kind: 'secret' }, isMatch: false },
  {
    title: '[runner 19] labels of the stage only',
    stage: { labels: { x: '1' } },
    filter: {},
    isMatch: false,
  },
  {
    title: '[runner 19] labels of the runner only',
    stage: {},
    filter: { labels: { x: '1' } },
    isMatch: false,
  },
  {
    ...{ title: '[runner 19] more labels than the stage has', stage: { labels: { x: '1' } } },
    filter: { labels: { x: '1', y: '2' } },
    isMatch: false,
  },
  {
    ...{ title: '[runner 19] the same labels in another order', stage: { labels: { x: '1', a: '2' } } },
    filter: { labels: { a: '2', x: '1' } },
    isMatch: true,
  },
];

describe('work for official runners', () => {
  let world: RpcWorld;
  beforeEach(async () => {
    world = await createRpcWorld();
  });
  afterEach(() => world.close());

  for (const { title, stage, filter, isMatch } of MATCHES) {
    test(`${title} ${isMatch ? 'gets' : 'does not get'} the stage`, async () => {
      await world.start([aStageDraft(stage)]);
      const answer = await aScriptedRunner(world).poll(filter);
      assert.deepEqual([answer.status, answer.body.id], [200, isMatch ? 1 : undefined]);
    });
  }

  test('[runner 20] the whole stage is handed over, as it is before anybody has it', async () => {
    const stages = [aStageDraft({ labels: { x: '1' }, limit: 2 }), aStageDraft({ number: 2, name: 'b' })];
    const { repo, build } = await world.start(stages);
    const { body } = await aScriptedRunner(world).poll({ ...DOCKER, labels: { x: '1' } });
    const { created, updated, ...rest } = body;
    assert.ok(created > 0 && updated === created);
    assert.deepEqual(rest, {
      ...{ id: 1, repo_id: repo.id, build_id: build.id, number: 1, name: 'default', kind: 'pipeline' },
      ...{ type: 'docker', status: 'pending', errignore: false, exit_code: 0, os: 'linux', arch: 'amd64' },
      ...{ limit: 2, started: 0, stopped: 0, version: 1, on_success: true, on_failure: false },
      labels: { x: '1' },
    });
  });

  test('[runner 21] the older of two stages comes first', async () => {
    await world.start();
    await world.start();
    const runner = aScriptedRunner(world);
    assert.deepEqual([(await runner.poll()).body.id, (await runner.poll()).body.id], [1, 2]);
  });

  test('[runner 22] a poll that finds nothing is answered with an empty object, or 204 where that is set', async () => {
    const answer = await aScriptedRunner(world).poll();
    assert.deepEqual([answer.status, answer.text], [200, '{}']);
    const strict = await createRpcWorld({ env: { SORTIE_RPC_EMPTY_POLL: '204', SORTIE_RPC_POLL: '5ms' } });
    assert.equal((await aScriptedRunner(strict).poll()).status, 204);
    await strict.close();
  });

  test('[runner 23] [W 17] a stage that comes up is delivered to who waits, here and on another server', async () => {
    const patient = await createRpcWorld({ env: { SORTIE_RPC_POLL: '60s' } });
    const waits = aScriptedRunner(patient).poll();
    await registered(patient, 1);
    await patient.start();
    assert.equal((await waits).body.id, 1);
    const other = await createRpcWorld({
      database: { db: patient.db, dialect: 'sqlite', close: async () => undefined },
      env: { SORTIE_RPC_POLL: '60s' },
      rpc: { sharedPollMs: 5 },
    });
    const elsewhere = aScriptedRunner(other, { address: '10.0.0.2' }).poll();
    await registered(patient, 2);
    await patient.start();
    assert.equal((await elsewhere).body.id, 2);
    await other.close();
    await patient.close();
  });

  test('[runner 24] [runner 25] [W 2] of two pollers exactly one gets the stage, until its reservation ends', async () => {
    await world.start();
    const [one, two] = [aScriptedRunner(world), aScriptedRunner(world, { address: '10.0.0.2' })];
    const answers = await Promise.all([one.poll(), two.poll()]);
    assert.deepEqual(answers.map(({ body }) => body.id ?? 0).sort(), [0, 1]);
    world.advance(14_000);
    await sweep(world);
    assert.equal((await two.poll()).text, '{}');
    world.advance(2_000);
    assert.equal((await sweep(world)).expired[0]?.outcome, 'withdrawn');
    const again = await two.poll();
    assert.deepEqual([again.body.id, again.body.version], [1, 1]);
  });

  test('[runner 25] a poller that leaves before its answer loses the stage at once', async () => {
    const patient = await createRpcWorld({ env: { SORTIE_RPC_POLL: '60s' } });
    await patient.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = patient.app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    const closed = new Promise<void>((resolve) => {
      patient.app.server.once('request', (request) => request.socket.once('close', () => resolve()));
    });
    const body = '{"type":"docker"}\n';
    socket.write(
      `POST /rpc/v2/stage HTTP/1.1\r\nHost: x\r\nX-Drone-Token: ${SECRET}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await once(patient.app.server, 'request');
    socket.destroy();
    await closed;
    await patient.start();
    assert.equal((await aScriptedRunner(patient).poll()).body.id, 1);
    await patient.close();
  });

  test('[runner 26] [W 17] while the queue is paused polls find nothing, on every server over this database', async () => {
    await world.start();
    await pauseQueue(world.db);
    assert.equal((await aScriptedRunner(world).poll()).text, '{}');
    await resumeQueue(world.db);
    assert.equal((await aScriptedRunner(world).poll()).body.id, 1);
  });

  test('[runner 27] a filter that is no JSON is refused late', async () => {
    for (const text of ['{', '[]', '{"os":1}', '{"labels":[]}']) {
      assert.equal((await world.call('POST', '/stage', { text })).status, 400, text);
    }
    assert.equal(world.delays.length, 4);
  });

  test('[runner 28] [runner 29] a limit counts builds of one pipeline, not others', async () => {
    const { repo } = await world.start([aStageDraft({ limit: 1 })]);
    await world.start([aStageDraft({ limit: 1 })], { in: repo });
    const other = await world.start([aStageDraft({ limit: 1, name: 'other' })], { in: repo });
    const elsewhere = await world.start([aStageDraft({ limit: 1 })]);
    const runner = aScriptedRunner(world);
    const first = await running(runner);
    assert.equal(first.id, 1);
    const next = [await accepted(runner), await accepted(runner)];
    assert.deepEqual(
      next.map(({ build_id }) => build_id),
      // The repository that has nothing yet goes first.
      [elsewhere.build.id, other.build.id],
    );
    assert.equal((await runner.poll()).text, '{}');
    await runner.putStage(first.id, { ...first, status: 'success' });
    assert.equal((await runner.poll()).body.id, 2);
  });

  test('[runner 30] [W 27] a throttle counts what is reserved and what runs', async () => {
    const { repo } = await world.start([aStageDraft({ throttle: 1 })]);
    await world.start([aStageDraft({ throttle: 1, name: 'b' })], { in: repo });
    const runner = aScriptedRunner(world);
    const { id } = (await runner.poll()).body;
    assert.equal((await runner.poll()).text, '{}');
    const stage = (await runner.accept(id)).body;
    assert.equal((await runner.poll()).text, '{}');
    await runner.putStage(id, { ...stage, status: 'success' });
    assert.equal((await runner.poll()).body.id, 2);
  });

  test('[runner 31] a stage that no runner can take holds up no younger one of a throttled repository', async () => {
    const { repo } = await world.start([aStageDraft({ throttle: 1, type: 'exec' })]);
    await world.start([aStageDraft({ throttle: 1 })], { in: repo });
    assert.equal((await aScriptedRunner(world).poll()).body.id, 2);
  });

  test('[runner 32] what waits, is blocked, runs or is taken is never delivered', async () => {
    await world.start([
      aStageDraft({ number: 1, name: 'a' }),
      aStageDraft({ number: 2, name: 'b', dependsOn: ['a'] }),
      aStageDraft({ number: 3, name: 'c', status: 'blocked' }),
      aStageDraft({ number: 4, name: 'd' }),
    ]);
    const runner = aScriptedRunner(world);
    await running(runner);
    await accepted(runner);
    assert.equal((await runner.poll()).text, '{}');
  });

  test('[W 27] who has waited longest gets the stage', async () => {
    const patient = await createRpcWorld({ env: { SORTIE_RPC_POLL: '60s' } });
    const first = aScriptedRunner(patient).poll();
    await registered(patient, 1);
    const second = aScriptedRunner(patient, { address: '10.0.0.2' }).poll();
    await registered(patient, 2);
    await patient.start();
    assert.equal((await first).body.id, 1);
    await patient.start();
    assert.equal((await second).body.id, 2);
    await patient.close();
  });

  test('our own runners and official ones take from one queue', async () => {
    await world.start();
    await world.start();
    const own = createRunnerService({
      ...world,
      system: { proto: 'http', host: 'x', version: '' },
      cloneCredentials: () => undefined,
    });
    const runner = aScriptedRunner(world);
    assert.equal((await runner.poll()).body.id, 1);
    const identity = {
      ...{ name: 'own', types: ['docker'], labels: {}, capacity: 1, version: '1' },
      platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
    };
    const at = { waitMs: 0, signal: new AbortController().signal };
    assert.equal((await own.request(identity, at))?.stage.id, 2);
    assert.equal((await runner.accept(2)).status, 409);
    assert.equal(await own.request(identity, at), undefined);
  });
});

/** Waits until so many runners wait for work. */
async function registered(world: RpcWorld, count: number): Promise<void> {
  for (;;) {
    const { length } = await world.db.selectFrom('runners').select('name').execute();
    await new Promise((resolve) => setImmediate(resolve));
    // In the turn after it is registered it looks for the first time.
    if (length === count) return new Promise((resolve) => setImmediate(resolve));
  }
}
