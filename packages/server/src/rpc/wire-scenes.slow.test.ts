import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { cancel, storedBuild, storedLog } from '@sortie/testing/queue-views';
import { createSignal } from '../events/signal.ts';
import { sweep } from '../services/sweep.ts';
import { listDueIntents } from '../store/outbox.ts';
import { listStages } from '../store/stages.ts';
import {
  accepted,
  aScriptedRunner,
  atWork,
  createRpcWorld,
  DOCKER,
  type RpcWorld,
  running,
  SECRET,
  statuses,
} from './rpc-world.fixture.ts';

/** Wire exchanges of official runners, played by a scripted one (runner-protocol.md 6.7). */
describe('scenes with official runners', () => {
  let world: RpcWorld;
  beforeEach(async () => {
    world = await createRpcWorld();
  });
  afterEach(() => world.close());

  test('[runner 98] a cancel at any moment ends the build, and the next watch says so at once', async () => {
    const runner = aScriptedRunner(world);
    const moments: readonly (() => Promise<unknown>)[] = [
      async () => undefined,
      () => runner.poll(),
      () => accepted(runner),
      () => running(runner, 2),
      () => atWork(runner, 2),
    ];
    for (let turn = 0; turn < 50; turn += 1) {
      const { build } = await world.start();
      await moments[turn % moments.length]?.();
      // Half of the time a watch is open, otherwise it is the gap between two.
      const isHolder = turn % moments.length >= 2;
      const watching = isHolder && turn % 2 === 0 ? runner.watch(build.id) : undefined;
      await cancel(world, build.id);
      const { status } = (await watching) ?? { status: 0 };
      assert.ok([0, 200, 204].includes(status), String(status));
      // Who has accepted nothing of a build has nothing to watch.
      assert.equal((await runner.watch(build.id)).status, isHolder ? 200 : 404, `turn ${turn}`);
      const [buildStatus, stage, ...steps] = await statuses(world, build);
      assert.equal(buildStatus, 'killed', `turn ${turn}`);
      assert.ok(
        [stage, ...steps].every((word) => word === 'killed' || word === 'skipped'),
        `turn ${turn}`,
      );
      const [late] = await listStages(world.db, build.id);
      assert.equal(
        (await runner.putStage(late?.id ?? 0, { ...late, status: 'success', steps: [] })).status,
        409,
      );
      assert.equal((await statuses(world, build))[0], 'killed');
    }
  });

  test('[runner 100] a runner that is killed in a step loses the stage, and what it had sent can be read', async () => {
    const { build } = await world.start();
    const { step } = await atWork(aScriptedRunner(world), 2);
    const lines = ['one\n', 'two\n'].map((out, pos) => ({ pos, out, time: 0 }));
    await world.call('POST', `/step/${step.id}/logs/batch`, { body: lines });
    world.advance(400_000);
    await sweep(world);
    assert.deepEqual(await statuses(world, build), ['error', 'error', 'error', 'skipped']);
    const log = await storedLog(world, await storedBuild(world, build.id));
    assert.match(log.text, /^one\ntwo\n/);
    assert.equal(log.isClosed, true);
  });

  const OUTPUTS: Readonly<Record<string, string>> = {
    '10 MB': `${'x'.repeat(99)}\n`.repeat(100_000),
    nothing: '',
    'colours and progress': '\u001b[31mred\u001b[0m\r10%\r20%\n',
    'NUL and what is left of bytes that are no text': 'a\0b\ufffd\ufffd\n',
  };
  for (const [what, output] of Object.entries(OUTPUTS)) {
    test(`[runner 105] a step that prints ${what} succeeds, and its log can be read`, async () => {
      const { build, repo } = await world.start();
      const runner = aScriptedRunner(world);
      const { stage, step } = await atWork(runner);
      const lines = output.match(/[^\n]*\n/g)?.map((out, pos) => ({ pos, out, time: 0 })) ?? null;
      const upload = await world.call('POST', `/step/${step.id}/logs/upload`, { body: lines });
      assert.equal(upload.status, 200);
      assert.equal((await runner.putStep(step.id, { ...step, status: 'success' })).status, 200);
      assert.equal((await runner.putStage(stage.id, { ...stage, status: 'success', steps: [] })).status, 200);
      assert.deepEqual(await statuses(world, build), ['success', 'success', 'success']);
      const headers = await world.bearer(await world.addUser({ isAdmin: true }));
      const reply = await world.app.inject({
        url: `/api/repos/${repo.slug}/builds/${build.number}/logs/1/1`,
        headers,
      });
      const shown: readonly { out: string }[] = reply.json();
      assert.equal(shown.map(({ out }) => out).join(''), output);
    });
  }

  test('[runner 106] a name with a bare space is refused on its connection, and the server goes on', async () => {
    await world.start();
    await world.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = world.app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.end(
      `POST /rpc/v2/stage/1?machine=my host HTTP/1.1\r\nHost: x\r\nX-Drone-Token: ${SECRET}\r\n\r\n`,
    );
    assert.match(await text(socket), /^HTTP\/1\.1 400 /);
    assert.equal((await accepted(aScriptedRunner(world))).id, 1);
  });

  test('[runner 107] stages of one build go to runners of two kinds in order, and the later one sees what failed', async () => {
    const { build } = await world.start([
      aStageDraft({ name: 'build' }),
      aStageDraft({ number: 2, name: 'deploy', type: 'exec', dependsOn: ['build'] }),
      aStageDraft({ number: 3, name: 'notify', type: 'exec', dependsOn: ['deploy'], onFailure: true }),
    ]);
    const [docker, exec] = [
      aScriptedRunner(world, { machine: 'd' }),
      aScriptedRunner(world, { machine: 'e' }),
    ];
    const execFilter = { ...DOCKER, type: 'exec' };
    assert.equal((await exec.poll(execFilter)).text, '{}');
    const { stage, step } = await atWork(docker);
    assert.equal((await exec.poll(execFilter)).text, '{}');
    await docker.putStep(step.id, { ...step, status: 'failure', exit_code: 1 });
    await docker.putStage(stage.id, { ...stage, status: 'failure', steps: [] });
    const offered = (await exec.poll(execFilter)).body;
    assert.equal(offered.name, 'notify');
    assert.equal((await exec.accept(offered.id)).status, 200);
    const seen: readonly { name: string; status: string }[] = (await exec.details(offered.id)).body.build
      .stages;
    assert.deepEqual(
      seen.map(({ name, status }) => `${name} ${status}`),
      ['build failure', 'deploy skipped', 'notify pending'],
    );
    assert.equal((await listStages(world.db, build.id)).length, 3);
  });

  test('[W 26] reports of runners leave intents in order, and nobody is asked before they are answered', async () => {
    const { build } = await world.start();
    const runner = aScriptedRunner(world);
    const { stage, step } = await atWork(runner);
    await runner.putStep(step.id, { ...step, status: 'success' });
    await runner.putStage(stage.id, { ...stage, status: 'success', steps: [] });
    const intents = await listDueIntents(world.db, world.now(), 100);
    assert.ok(intents.every(({ subject, attempts }) => subject === `build:${build.id}` && attempts === 0));
    const told = intents
      .filter(({ kind }) => kind === 'status')
      .map(({ payload }) => JSON.parse(payload).status);
    assert.deepEqual(told, ['pending', 'running', 'success']);
    const actions = intents
      .filter(({ kind }) => kind === 'webhook')
      .map(({ payload }) => JSON.parse(payload).action);
    assert.deepEqual([actions[0], new Set(actions.slice(1))], ['created', new Set(['updated'])]);
    assert.ok(actions.length >= 4, String(actions));
    assert.deepEqual(
      intents.map(({ id }) => id),
      intents.map(({ id }) => id).sort((left, right) => left - right),
    );
  });

  test('[W 26] a report is answered although a subscriber of events never reads', async () => {
    const { build } = await world.start();
    const stop = new AbortController();
    const events = world.events.subscribe({ afterSeq: 0, signal: stop.signal })[Symbol.asyncIterator]();
    await events.next();
    const runner = aScriptedRunner(world);
    const { stage } = await atWork(runner);
    assert.equal((await runner.putStage(stage.id, { ...stage, status: 'success', steps: [] })).status, 200);
    assert.equal((await statuses(world, build))[0], 'success');
    stop.abort();
    await events.return?.(undefined);
  });
});

test('[W 18] whoever wakes the queue never waits for one who is leaving', async () => {
  const signal = createSignal();
  const leaving = Array.from({ length: 100 }, () => new AbortController());
  const waits = leaving.map(({ signal: gone }) =>
    signal.wait({ since: signal.version, timeoutMs: undefined, signal: gone }),
  );
  const stays = signal.wait({
    since: signal.version,
    timeoutMs: undefined,
    signal: new AbortController().signal,
  });
  for (const [at, controller] of leaving.entries()) {
    controller.abort();
    // One that left in the same moment, and one that was never there: firing is a plain call, so it cannot block.
    if (at === 50) assert.equal(signal.fire(), undefined);
  }
  await Promise.all([...waits, stays]);
});
