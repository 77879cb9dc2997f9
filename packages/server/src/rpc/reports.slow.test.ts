import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { aStageDraft, TEST_NOW } from '@sortie/testing/domain-builders';
import { cancel, storedBuild } from '@sortie/testing/queue-views';
import { findLog } from '../store/logs.ts';
import { findStageById } from '../store/stages.ts';
import {
  accepted,
  aScriptedRunner,
  atWork,
  aWireStep,
  createRpcWorld,
  type RpcWorld,
  running,
  type ScriptedRunner,
  statuses,
} from './rpc-world.fixture.ts';

describe('what official runners report', () => {
  let world: RpcWorld;
  let runner: ScriptedRunner;
  beforeEach(async () => {
    world = await createRpcWorld();
    runner = aScriptedRunner(world);
  });
  afterEach(() => world.close());

  const intents = async (kind: string) =>
    (await world.db.selectFrom('outbox').select('payload').where('kind', '=', kind).execute()).map(
      ({ payload }) => JSON.parse(payload),
    );
  const events = async () => (await world.db.selectFrom('events').select('change').execute()).length;

  test('[runner 46] a stage begins with its steps, and its build too', async () => {
    const { build } = await world.start();
    const stage = await accepted(runner);
    const steps = [
      aWireStep(1, 1),
      aWireStep(1, 2, { depends_on: ['step-1'], image: 'redis', detached: true, errignore: true }),
    ];
    const answer = await runner.putStage(1, { ...stage, status: 'running', started: TEST_NOW, steps });
    assert.equal(answer.status, 200);
    assert.deepEqual([answer.body.version, answer.body.status], [3, 'running']);
    assert.deepEqual(answer.body.steps, [
      { ...aWireStep(1, 1), id: 1, version: 1 },
      { ...steps[1], id: 2, version: 1 },
    ]);
    assert.equal((await storedBuild(world, build.id)).build.started, TEST_NOW);
    assert.deepEqual(await statuses(world, build), ['running', 'running', 'pending', 'pending']);
  });

  test('[runner 47] [W 6] the same report again gets the same answer and makes no second steps', async () => {
    const { build } = await world.start();
    const stage = await accepted(runner);
    const report = { ...stage, status: 'running', steps: [aWireStep(1), aWireStep(1, 2)] };
    const first = await runner.putStage(1, report);
    const seen = await events();
    const second = await runner.putStage(1, report);
    assert.deepEqual([second.status, second.text], [200, first.text]);
    assert.equal((await storedBuild(world, build.id)).steps.length, 2);
    assert.equal(await events(), seen);
  });

  test('[runner 48] a stale version with another body changes nothing', async () => {
    await world.start();
    const stage = await accepted(runner);
    await runner.putStage(1, { ...stage, status: 'running', steps: [aWireStep(1)] });
    const before = await findStageById(world.db, 1);
    for (const body of [
      { ...stage, status: 'running', steps: [] },
      { ...stage, status: 'failure' },
      { ...stage, status: 'success', version: 99 },
    ]) {
      assert.equal((await runner.putStage(1, body)).status, 409);
    }
    assert.deepEqual(await findStageById(world.db, 1), before);
  });

  test('[runner 49] the second stage of a build leaves the build as it is', async () => {
    await world.start([aStageDraft(), aStageDraft({ number: 2, name: 'b' })]);
    await running(runner);
    const statusesBefore = (await intents('status')).length;
    const before = await world.db.selectFrom('builds').selectAll().executeTakeFirst();
    await running(runner);
    const after = await world.db.selectFrom('builds').selectAll().executeTakeFirst();
    assert.deepEqual({ ...after, sequence: 0 }, { ...before, sequence: 0 });
    assert.equal((await intents('status')).length, statusesBefore);
  });

  test('[runner 50] [W 21] what a report leaves out or claims of fixed things changes nothing of the stage', async () => {
    await world.start([aStageDraft({ labels: { a: '1' }, dependsOn: [], status: 'pending', limit: 3 })]);
    await runner.poll({ type: 'docker', labels: { a: '1' } });
    const { version } = (await runner.accept(1)).body;
    const before = await findStageById(world.db, 1);
    const lies = { machine: 'evil', os: 'plan9', on_failure: true, repo_id: 9, build_id: 9, created: 1 };
    const body = { status: 'running', version, labels: { b: '2' }, depends_on: ['x'], limit: 9, ...lies };
    assert.equal((await runner.putStage(1, body)).status, 200);
    const after = await findStageById(world.db, 1);
    for (const key of [
      'machine',
      'platform',
      'labels',
      'dependsOn',
      'onFailure',
      'limit',
      'buildId',
      'created',
    ]) {
      assert.deepEqual(Reflect.get(after ?? {}, key), Reflect.get(before ?? {}, key), key);
    }
  });

  test('[runner 51] the ids in path and body must agree', async () => {
    await world.start();
    await world.start();
    const { stage, step } = await atWork(runner);
    assert.equal((await runner.putStage(2, { ...stage, status: 'success' })).status, 400);
    assert.equal((await runner.putStep(step.id + 1, { ...step, status: 'success' })).status, 400);
  });

  test('[runner 52] [runner 53] [W 25] a step begins and ends with its log, an event and a webhook', async () => {
    await world.start();
    const stage = await running(runner);
    const before = [await events(), (await intents('webhook')).length] as const;
    const started = await runner.putStep(1, { ...stage.steps[0], status: 'running', started: TEST_NOW + 1 });
    assert.deepEqual([started.status, started.body.version, started.body.status], [200, 2, 'running']);
    assert.equal((await findLog(world.db, 1))?.isClosed, false);
    const ended = await runner.putStep(1, {
      ...started.body,
      status: 'failure',
      exit_code: 3,
      stopped: TEST_NOW + 2,
    });
    assert.deepEqual([ended.status, ended.body.version, ended.body.exit_code], [200, 3, 3]);
    assert.equal((await findLog(world.db, 1))?.isClosed, true);
    assert.deepEqual([await events(), (await intents('webhook')).length], [before[0] + 2, before[1] + 2]);
  });

  test('[W 7] a repeated report about a step gets the answer that was lost', async () => {
    await world.start();
    const { step } = await atWork(runner);
    const report = { ...step, status: 'success', stopped: TEST_NOW + 2 };
    const first = await runner.putStep(1, report);
    const second = await runner.putStep(1, report);
    assert.deepEqual([second.status, second.text], [200, first.text]);
  });

  test('[runner 54] [W 9] a stale report about a step is a conflict', async () => {
    await world.start();
    const { stage, step } = await atWork(runner);
    const stale = { ...stage.steps[0], status: 'success' };
    assert.equal((await runner.putStep(1, stale)).status, 409);
    await runner.putStep(1, { ...step, status: 'success' });
    assert.equal((await runner.putStep(1, { ...step, status: 'failure', version: 3 })).status, 409);
  });

  test('[runner 55] a step may be skipped without having run', async () => {
    await world.start();
    const stage = await running(runner);
    const now = TEST_NOW + 1;
    const answer = await runner.putStep(1, {
      ...stage.steps[0],
      status: 'skipped',
      started: now,
      stopped: now,
    });
    assert.deepEqual([answer.status, answer.body.status, answer.body.version], [200, 'skipped', 2]);
  });

  test('[runner 56] [W 36] long errors are cut between characters', async () => {
    const { build } = await world.start();
    const { stage, step } = await atWork(runner);
    const error = '€😀'.repeat(1000);
    assert.equal((await runner.putStep(1, { ...step, status: 'error', error, exit_code: 255 })).status, 200);
    assert.equal((await runner.putStage(1, { ...stage, status: 'error', error })).status, 200);
    const stored = await storedBuild(world, build.id);
    for (const text of [stored.stage.error, stored.steps[0]?.error ?? '']) {
      assert.deepEqual([[...text].length, text.isWellFormed()], [500, true]);
    }
  });

  test('[runner 57] a stage ends with its build, an event, a webhook and a status', async () => {
    const { build } = await world.start();
    const { stage, step } = await atWork(runner);
    const done = (await runner.putStep(1, { ...step, status: 'success', stopped: TEST_NOW + 2 })).body;
    const seen = await events();
    const report = { ...stage, status: 'success', stopped: TEST_NOW + 3, steps: [done] };
    const answer = await runner.putStage(1, report);
    assert.deepEqual([answer.status, answer.body.status, answer.body.version], [200, 'success', 4]);
    assert.deepEqual([answer.body.steps[0].version, done.version], [4, 3]);
    assert.deepEqual(await statuses(world, build), ['success', 'success', 'success']);
    assert.equal((await storedBuild(world, build.id)).build.finished, TEST_NOW);
    assert.ok((await events()) > seen);
    assert.equal((await intents('status')).at(-1).status, 'success');
    const again = await runner.putStage(1, report);
    assert.deepEqual([again.status, again.text], [200, answer.text]);
  });

  test('[runner 58] a stage that cannot even begin ends its build', async () => {
    const { build } = await world.start();
    const stage = await accepted(runner);
    const body = { ...stage, status: 'error', error: 'linter: no image', exit_code: 255 };
    assert.equal((await runner.putStage(1, body)).status, 200);
    const stored = await storedBuild(world, build.id);
    assert.deepEqual([stored.build.status, stored.stage.error], ['error', 'linter: no image']);
  });

  test('[runner 59] [W 24] two stages that end at once end the build once', async () => {
    const { build } = await world.start([aStageDraft(), aStageDraft({ number: 2, name: 'b' })]);
    const [one, two] = [await running(runner), await running(runner)];
    const ends = [one, two].map((stage) => runner.putStage(stage.id, { ...stage, status: 'success' }));
    assert.deepEqual(
      (await Promise.all(ends)).map(({ status }) => status),
      [200, 200],
    );
    assert.equal((await intents('status')).filter(({ status }) => status === 'success').length, 1);
    assert.equal((await statuses(world, build))[0], 'success');
  });

  test('[runner 60] a failure that is ignored leaves the build a success', async () => {
    const { build } = await world.start();
    const { stage, step } = await atWork(runner);
    await runner.putStep(1, { ...step, status: 'failure', exit_code: 1, errignore: true });
    await runner.putStage(1, { ...stage, status: 'success' });
    assert.deepEqual(await statuses(world, build), ['success', 'success', 'failure']);
  });

  test('[runner 61] a detached step ends with its stage, at the version at which it ran', async () => {
    const { build } = await world.start();
    const { stage, step } = await atWork(runner);
    const report = {
      ...stage,
      status: 'success',
      steps: [{ ...step, status: 'success', stopped: TEST_NOW + 4 }],
    };
    const answer = await runner.putStage(1, report);
    assert.deepEqual([answer.status, answer.body.steps[0].version], [200, 3]);
    assert.deepEqual(await statuses(world, build), ['success', 'success', 'success']);
  });

  test('[W 11] a second report that a step runs, for its card, keeps its log open', async () => {
    await world.start();
    const { step } = await atWork(runner);
    const schema = 'https://example.com/card.json';
    const answer = await runner.putStep(1, { ...step, schema });
    assert.deepEqual([answer.status, answer.body.version, answer.body.schema], [200, 3, schema]);
    assert.equal((await findLog(world.db, 1))?.isClosed, false);
    assert.equal((await runner.putStep(1, { ...answer.body, status: 'success' })).body.version, 4);
  });

  test('[runner 80] [runner 81] after a cancel late reports are refused and change nothing, but count as confirmed', async () => {
    const { build } = await world.start();
    const { stage, step } = await atWork(runner, 2);
    await cancel(world, build.id);
    const { build: killed, steps } = await storedBuild(world, build.id);
    assert.deepEqual(await statuses(world, build), ['killed', 'killed', 'killed', 'skipped']);
    assert.deepEqual([killed.isCancelling, steps.map(({ exitCode }) => exitCode)], [true, [130, 130]]);
    assert.equal((await runner.putStep(1, { ...step, status: 'success' })).status, 409);
    assert.equal((await runner.putStep(2, { ...stage.steps[1], status: 'running' })).status, 409);
    assert.equal((await runner.putStage(1, { ...stage, status: 'killed', exit_code: 137 })).status, 409);
    assert.deepEqual(await statuses(world, build), ['killed', 'killed', 'killed', 'skipped']);
    assert.equal((await storedBuild(world, build.id)).build.isCancelling, false);
    assert.equal((await findLog(world.db, 1))?.isClosed, true);
  });

  test('reports that make no sense are refused and change nothing', async () => {
    await world.start();
    const { stage, step } = await atWork(runner);
    const before = await findStageById(world.db, 1);
    const bad = [
      ['PUT', '/stage/1', '{'],
      ['PUT', '/stage/1', 'null'],
      ['PUT', '/stage/1', JSON.stringify({ ...stage, status: 'finished' })],
      ['PUT', '/stage/1', JSON.stringify({ ...stage, status: 'success', version: '3' })],
      ['PUT', '/stage/1', JSON.stringify({ ...stage, status: 'success', steps: [1] })],
      ['PUT', '/step/1', JSON.stringify({ ...step, status: 'success', exit_code: 1.5 })],
      ['PUT', '/step/1', JSON.stringify({ ...step, status: 'success', error: {} })],
      ['PUT', '/step/77', JSON.stringify({ status: 'success', version: 1 })],
    ] as const;
    for (const [method, path, text] of bad) {
      const { status } = await world.call(method, path, { text });
      assert.ok(status === 400 || status === 404, `${path} ${text}: ${status}`);
    }
    assert.deepEqual({ ...(await findStageById(world.db, 1)) }, { ...before });
  });
});
