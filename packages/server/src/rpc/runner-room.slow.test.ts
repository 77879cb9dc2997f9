import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { RUNNER_PREFIX } from '@sortie/contract/runner-wire';
import { aRunner } from '@sortie/testing/domain-builders';
import { issueRunnerToken } from '../services/runner-tokens.ts';
import { RUNNERS_OF_TOKEN } from '../store/runner-room.ts';
import { findRunner, listRunners } from '../store/runners.ts';
import { accepted, aScriptedRunner, createRpcWorld, DOCKER, type RpcWorld } from './rpc-world.fixture.ts';

/** Longer than any lease. */
const LOST_MS = 181_000;

describe('the registry of runners', () => {
  let world: RpcWorld;
  let token: string;
  beforeEach(async () => {
    world = await createRpcWorld();
    const wish = { name: 'one', scope: {}, ranges: [], expires: 0 };
    token = (await issueRunnerToken(world, wish)).text;
  });
  afterEach(() => world.close());

  const count = async () => (await listRunners(world.db)).length;

  async function hello(name: string) {
    const reply = await world.app.inject({
      method: 'POST',
      url: `${RUNNER_PREFIX}/hello`,
      headers: { 'x-drone-token': token },
      payload: { runnerId: randomUUID(), runner: aRunner({ name }), held: [] },
    });
    return { status: reply.statusCode, text: reply.payload };
  }

  it('takes so many runners of ours with one token, says so to the next one, and forgets lost ones', async () => {
    for (let at = 0; at < RUNNERS_OF_TOKEN; at += 1) assert.equal((await hello(`r${at}`)).status, 204);
    const before = await count();
    const refused = await hello('one-too-many');
    assert.equal(refused.status, 429);
    assert.match(refused.text, /The token has 100 runners already, and none of them is lost\./);
    assert.equal(await findRunner(world.db, 'one-too-many'), undefined);
    assert.equal((await hello('r3')).status, 204);
    world.advance(LOST_MS);
    assert.equal((await hello('r0')).status, 204);
    assert.equal((await hello('new')).status, 204);
    assert.equal(await count(), before);
    assert.ok(await findRunner(world.db, 'r0'));
  });

  it('takes ever new machines with one token, since those that are not there any more make room', async () => {
    for (let at = 0; at <= RUNNERS_OF_TOKEN; at += 1) {
      await world.start();
      const runner = aScriptedRunner(world, { token, machine: `vm-${at}` });
      const stage = await accepted(runner);
      assert.equal((await runner.putStage(stage.id, { ...stage, status: 'success' })).status, 200);
      world.advance(LOST_MS);
    }
    assert.equal(await count(), RUNNERS_OF_TOKEN);
    assert.ok(await findRunner(world.db, `vm-${RUNNERS_OF_TOKEN}`));
  });

  it('holds back the refusal of official runners, which would ask again at once', async () => {
    const runner = aScriptedRunner(world, { token });
    await world.start();
    await accepted(runner);
    const poll = (at: number) => runner.poll({ ...DOCKER, labels: { at: `${at}` } });
    let taken = 0;
    while ((await poll(taken)).status === 200) taken += 1;
    assert.equal(await count(), RUNNERS_OF_TOKEN);
    assert.ok(taken < RUNNERS_OF_TOKEN, 'the name under which it has accepted counts too');
    assert.deepEqual([(await poll(1000)).status, world.delays], [429, [5000, 5000]]);
    world.advance(LOST_MS);
    assert.equal((await poll(1000)).status, 200);
    assert.equal(await count(), RUNNERS_OF_TOKEN);
    assert.ok(await findRunner(world.db, 'my-host'), 'it holds a stage');
  });
});
