import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { cancel, storedBuild } from '@sortie/testing/queue-views';
import { cancelSupersededBuilds } from '../services/cancel-build.ts';
import { sweep } from '../services/sweep.ts';
import { findBuildById } from '../store/builds.ts';
import { listStages } from '../store/stages.ts';
import {
  accepted,
  aScriptedRunner,
  atWork,
  createRpcWorld,
  type RpcWorld,
  running,
} from './rpc-world.fixture.ts';

describe('watches and cancels of official runners', () => {
  let world: RpcWorld;
  beforeEach(async () => {
    world = await createRpcWorld();
  });
  afterEach(() => world.close());

  test('[runner 75] a watch during which nothing happens is answered with 204', async () => {
    const { build } = await world.start();
    const runner = aScriptedRunner(world);
    await accepted(runner);
    const answer = await runner.watch(build.id);
    assert.deepEqual([answer.status, answer.text], [204, '']);
  });

  test('[runner 76] a cancel ends a watch at once', async () => {
    const patient = await createRpcWorld({ env: { SORTIE_RPC_WATCH: '60s' } });
    const { build } = await patient.start();
    const runner = aScriptedRunner(patient);
    await running(runner);
    const watched = runner.watch(build.id);
    await tick();
    await cancel(patient, build.id);
    assert.equal((await watched).status, 200);
    await patient.close();
  });

  test('[runner 77] [W 10] a cancel while nobody watches is found by the next watch, on any server', async () => {
    const { build } = await world.start();
    const runner = aScriptedRunner(world);
    await running(runner);
    assert.equal((await runner.watch(build.id)).status, 204);
    await cancel(world, build.id);
    const restarted = await createRpcWorld({
      database: { db: world.db, dialect: 'sqlite', close: async () => undefined },
    });
    assert.equal((await aScriptedRunner(restarted).watch(build.id)).status, 200);
    await restarted.close();
  });

  test('[runner 78] a finished build, and one in which the runner has nothing left, need no watch', async () => {
    const { build } = await world.start([aStageDraft(), aStageDraft({ number: 2, name: 'b' })]);
    const runner = aScriptedRunner(world);
    const other = aScriptedRunner(world, { address: '10.0.0.2', machine: 'b' });
    const [one, two] = [await running(runner), await running(other)];
    await runner.putStage(one.id, { ...one, status: 'success' });
    assert.equal((await runner.watch(build.id)).status, 200);
    assert.equal((await other.watch(build.id)).status, 204);
    await other.putStage(two.id, { ...two, status: 'success' });
    assert.equal((await other.watch(build.id)).status, 200);
    assert.equal((await other.watch(999)).status, 200);
  });

  test('[runner 79] a watch that the database cannot answer is told to come again', async () => {
    const patient = await createRpcWorld({ env: { SORTIE_RPC_WATCH: '60s' } });
    const { build } = await patient.start();
    const runner = aScriptedRunner(patient);
    await running(runner);
    const watched = runner.watch(build.id);
    await tick();
    await patient.db.destroy();
    patient.queue.stop();
    assert.equal((await watched).status, 503);
    await patient.close();
  });

  test('[runner 80] a cancel over the API ends a running build with an event, a webhook and a status', async () => {
    const { repo, build } = await world.start();
    await atWork(aScriptedRunner(world), 2);
    const before = await world.db.selectFrom('events').select('seq').execute();
    const headers = await world.bearer(await world.addUser({ isAdmin: true }));
    const url = `/api/repos/${repo.slug}/builds/${build.number}`;
    assert.equal((await world.app.inject({ method: 'DELETE', url, headers })).statusCode, 200);
    const { build: after, stage, steps } = await storedBuild(world, build.id);
    assert.deepEqual([after.status, stage.status], ['killed', 'killed']);
    assert.deepEqual(
      steps.map(({ status, exitCode }) => [status, exitCode]),
      [
        ['killed', 130],
        ['skipped', 130],
      ],
    );
    const events = await world.db.selectFrom('events').select('seq').execute();
    assert.ok(events.length > before.length);
    const intents = await world.db.selectFrom('outbox').select(['kind', 'payload']).execute();
    const kinds = intents.slice(-2).map(({ kind }) => kind);
    assert.deepEqual(kinds.sort(), ['status', 'webhook']);
    assert.ok(intents.some(({ payload }) => JSON.parse(payload).status === 'killed'));
  });

  test('[runner 82] a cancel of a finished build changes nothing', async () => {
    const { repo, build } = await world.start();
    const runner = aScriptedRunner(world);
    const stage = await running(runner);
    await runner.putStage(stage.id, { ...stage, status: 'success' });
    const before = await storedBuild(world, build.id);
    const headers = await world.bearer(await world.addUser({ isAdmin: true }));
    const url = `/api/repos/${repo.slug}/builds/${build.number}`;
    const { statusCode } = await world.app.inject({ method: 'DELETE', url, headers });
    assert.ok(statusCode === 200 || statusCode === 409);
    assert.deepEqual(await storedBuild(world, build.id), before);
  });

  test('[W 39] a runner that has stopped asking while it works is draining', async () => {
    await world.start();
    await world.start();
    const runner = aScriptedRunner(world);
    const one = await running(runner);
    await running(runner);
    await runner.poll();
    await runner.putStage(one.id, { ...one, status: 'success' });
    const headers = await world.bearer(await world.addUser({ isAdmin: true }));
    const state = async () => (await world.app.inject({ url: '/api/nodes', headers })).json()[0].state;
    assert.equal(await state(), 'busy');
    for (let minute = 0; minute < 2; minute += 1) {
      world.advance(60_000);
      await runner.watch(2);
    }
    assert.equal(await state(), 'draining');
    await runner.poll();
    assert.equal(await state(), 'busy');
  });
});

describe('stages of official runners that depend on others', () => {
  let world: RpcWorld;
  beforeEach(async () => {
    world = await createRpcWorld();
  });
  afterEach(() => world.close());

  /** Runs what is due to these ends, and returns the statuses of all stages in their order. */
  async function run(drafts: Parameters<typeof aStageDraft>[0][], ends: Record<string, string>) {
    const { build } = await world.start(drafts.map((draft, at) => aStageDraft({ ...draft, number: at + 1 })));
    const runner = aScriptedRunner(world);
    for (;;) {
      const { body } = await runner.poll();
      if (body.id === undefined) break;
      const stage = (await runner.accept(body.id)).body;
      await runner.putStage(body.id, { ...stage, status: ends[stage.name] ?? 'success' });
    }
    const stages = (await listStages(world.db, build.id)).map(({ status }) => status);
    return [(await findBuildById(world.db, build.id))?.status, ...stages];
  }

  test('[runner 83] what needs a failed stage is skipped', async () => {
    const chain = [{ name: 'a' }, { name: 'b', dependsOn: ['a'] }, { name: 'c', dependsOn: ['b'] }];
    assert.deepEqual(await run(chain, { a: 'failure' }), ['failure', 'failure', 'skipped', 'skipped']);
  });

  test('[runner 84] [W 22] in whatever order the stages stand in the file', async () => {
    const chain = [{ name: 'c', dependsOn: ['b'] }, { name: 'b', dependsOn: ['a'] }, { name: 'a' }];
    assert.deepEqual(await run(chain, { a: 'failure' }), ['failure', 'skipped', 'skipped', 'failure']);
  });

  test('[runner 85] a stage for failures runs after one and only then', async () => {
    const pair = [{ name: 'a' }, { name: 'b', dependsOn: ['a'], onSuccess: false, onFailure: true }];
    assert.deepEqual(await run(pair, { a: 'failure' }), ['failure', 'failure', 'success']);
    assert.deepEqual(await run(pair, { a: 'success' }), ['success', 'success', 'skipped']);
  });

  test('[runner 86] a stage that needs a pipeline which does not match begins at once', async () => {
    const config = `kind: pipeline
name: never
trigger: {event: [cron]}
steps: [{name: a, image: alpine, commands: [a]}]
---
kind: pipeline
name: after
depends_on: [never]
steps: [{name: a, image: alpine, commands: [a]}]
`;
    const { repo } = await world.start([], { repo: { userId: (await world.addUser()).id } });
    world.source.commit('refs/heads/main', { files: { '.drone.yml': config } });
    const headers = await world.bearer(await world.addUser({ login: 'admin', isAdmin: true }));
    const made = await world.app.inject({
      ...{ method: 'POST', url: `/api/repos/${repo.slug}/builds?branch=main`, headers },
    });
    assert.equal(made.statusCode, 200, made.payload);
    assert.equal((await aScriptedRunner(world).poll()).body.name, 'after');
  });

  test('[runner 87] [runner 88] [W 23] blocked stages are delivered once approved, and never once declined', async () => {
    const { repo, build } = await world.start([
      aStageDraft({ status: 'blocked' }),
      aStageDraft({ number: 2, name: 'b', status: 'success' }),
      aStageDraft({ number: 3, name: 'c', status: 'blocked', dependsOn: ['b'] }),
    ]);
    const runner = aScriptedRunner(world);
    assert.equal((await runner.poll()).text, '{}');
    const headers = await world.bearer(await world.addUser({ isAdmin: true }));
    const decide = (path: string, number: number) =>
      world.app.inject({
        ...{ method: 'POST', url: `/api/repos/${repo.slug}/builds/${number}/${path}`, headers },
      });
    await decide('approve/3', build.number);
    assert.equal((await runner.poll()).body.id, 3);
    const { build: other } = await world.start([aStageDraft({ status: 'blocked' })], { in: repo });
    await decide('decline/1', other.number);
    assert.deepEqual((await runner.poll()).text, '{}');
    const stored = await storedBuild(world, other.id);
    assert.deepEqual([stored.build.status, stored.stage.status], ['declined', 'declined']);
  });

  test('[runner 89] [W 30] a newer push makes way however many other builds are open', async () => {
    const { repo, build: old } = await world.start([aStageDraft()], { repo: { autoCancelPushes: true } });
    for (let count = 0; count < 60; count += 1) {
      await world.start([aStageDraft()], { in: repo, build: { ref: `refs/heads/b${count}` } });
    }
    const { build: newest } = await world.start([aStageDraft()], { in: repo });
    assert.deepEqual(await cancelSupersededBuilds(world, { repo, build: newest }), [old.id]);
    assert.equal((await findBuildById(world.db, old.id))?.status, 'skipped');
    assert.equal((await aScriptedRunner(world).accept(old.id)).status, 409);
  });

  test('[runner 94] [W 37] builds that are made at once have numbers without gaps', async () => {
    const { repo } = await world.start();
    const made = await Promise.all(
      Array.from({ length: 50 }, () => world.start([aStageDraft()], { in: repo })),
    );
    const numbers = made.map(({ build }) => build.number).sort((left, right) => left - right);
    assert.deepEqual(
      numbers,
      Array.from({ length: 50 }, (_, at) => at + 2),
    );
    const headers = await world.bearer(await world.addUser({ isAdmin: true }));
    const saved = await world.app.inject({
      ...{ method: 'PATCH', url: `/api/repos/${repo.slug}`, headers, payload: { timeout: 5 } },
    });
    assert.equal(saved.statusCode, 200);
    await sweep(world);
  });
});
