import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { sweep } from '../services/sweep.ts';
import {
  accepted,
  aScriptedRunner,
  atWork,
  createRpcWorld,
  DOCKER,
  type RpcWorld,
  running,
  type ScriptedRunner,
} from './rpc-world.fixture.ts';

describe('tokens of single runners', () => {
  let world: RpcWorld;
  let headers: { authorization: string };
  beforeEach(async () => {
    world = await createRpcWorld({ env: { DRONE_RPC_SECRET: '' } });
    headers = await world.bearer(await world.addUser({ isAdmin: true }));
  });
  afterEach(() => world.close());

  const send = async (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object) => {
    const reply = await world.app.inject({ method, url: `/api/runner-tokens${path}`, headers, payload });
    return { status: reply.statusCode, body: reply.payload === '' ? undefined : reply.json() };
  };
  const make = async (scope: object = {}, address = '127.0.0.1') => {
    const { status, body } = await send('POST', '', { name: 'one', ...scope });
    assert.equal(status, 200, JSON.stringify(body));
    return { ...body, runner: aScriptedRunner(world, { token: body.token, address }) };
  };

  test('[W 19] a token is shown once, kept as a hash, and lets its runner in', async () => {
    const made = await make({ repos: ['octocat/*'] });
    assert.match(made.token, /^sortie_runner_[A-Za-z0-9]{40}$/);
    const rows = await world.db.selectFrom('runner_tokens').selectAll().execute();
    assert.ok(!JSON.stringify(rows).includes(made.token));
    assert.equal((await made.runner.ping()).status, 200);
    const { body } = await send('GET', '');
    const { token: _text, runner: _runner, ...shown } = made;
    assert.deepEqual(body, [{ ...shown, last_used: world.now(), last_address: '127.0.0.1' }]);
    const audit = await world.db.selectFrom('audit').select(['action', 'subject']).execute();
    assert.deepEqual(audit, [{ action: 'createRunnerToken', subject: 'runner-tokens/one repos=octocat/*' }]);
  });

  test('[runner 8] a revoked token is refused at once, others are not', async () => {
    const [one, two] = [await make(), await make()];
    assert.equal((await send('DELETE', `/${one.id}`)).status, 204);
    assert.equal((await one.runner.ping()).status, 401);
    assert.equal((await two.runner.ping()).status, 200);
    assert.equal((await send('DELETE', `/${one.id}`)).status, 404);
  });

  test('[W 19] after a rotation the old text works as long as was asked for', async () => {
    const made = await make();
    const { body } = await send('POST', `/${made.id}/rotate`, { overlap: 60 });
    const renewed = aScriptedRunner(world, { token: body.token });
    assert.deepEqual([(await made.runner.ping()).status, (await renewed.ping()).status], [200, 200]);
    world.advance(61_000);
    assert.deepEqual([(await made.runner.ping()).status, (await renewed.ping()).status], [401, 200]);
    assert.equal((await send('POST', '/99/rotate', {})).status, 404);
  });

  test('[W 19] tokens end by time and are bound to networks', async () => {
    const made = await make({ expires: world.now() + 10, ranges: ['10.0.0.0/8'] });
    assert.equal((await made.runner.ping()).status, 401);
    const inside = aScriptedRunner(world, { token: made.token, address: '10.1.2.3' });
    assert.equal((await inside.ping()).status, 200);
    world.advance(11_000);
    assert.equal((await inside.ping()).status, 401);
    assert.equal((await send('POST', '', { name: 'x', ranges: ['nowhere'] })).status, 400);
    assert.equal((await send('POST', '', { name: 'x', expires: 5 })).status, 400);
    assert.equal((await send('POST', '', { name: 'x', trust: 'maybe' })).status, 400);
  });

  const SCOPES: readonly { title: string; scope: object; serves: readonly number[] }[] = [
    { title: 'namespaces', scope: { namespaces: ['Octocat'] }, serves: [1] },
    { title: 'globs of repositories', scope: { repos: ['other/*'] }, serves: [2] },
    { title: 'both', scope: { repos: ['other/*'], namespaces: ['octocat'] }, serves: [1, 2] },
    { title: 'trusted repositories', scope: { trust: 'trusted' }, serves: [2] },
    { title: 'repositories that are not trusted', scope: { trust: 'untrusted' }, serves: [1] },
    { title: 'types', scope: { types: ['exec'] }, serves: [] },
    { title: 'labels', scope: { labels: { gpu: 'yes' } }, serves: [] },
    { title: 'nothing', scope: {}, serves: [1, 2] },
  ];
  for (const { title, scope, serves } of SCOPES) {
    test(`[W 29] a token limited to ${title} gets only what it may serve`, async () => {
      await world.start();
      await world.start([aStageDraft()], { repo: { namespace: 'other', name: 'x', isTrusted: true } });
      const { runner } = await make(scope);
      const got = [(await runner.poll()).body.id, (await runner.poll()).body.id];
      assert.deepEqual(got.filter(Boolean), serves);
      for (const id of [1, 2]) {
        const { status } = await runner.accept(id);
        assert.equal(status === 200, serves.includes(id), `${id}: ${status}`);
      }
    });
  }

  test('[W 29] a stage that the token of the only runner does not cover says so, without naming what it covers', async () => {
    const { build, repo } = await world.start();
    const { runner } = await make({ repos: ['hidden/*'] });
    assert.equal((await runner.poll()).text, '{}');
    const url = `/api/repos/${repo.slug}/builds/${build.number}`;
    const [reason] = (await world.app.inject({ url, headers })).json().stages[0].waiting_for;
    assert.equal(reason.code, 'no-runner');
    const failed = { filter: 'token', wanted: 'a token for this stage', offered: 'a token for other ones' };
    assert.deepEqual(reason.runners[0].failed, [failed]);
    assert.ok(!JSON.stringify(reason).includes('hidden'));
  });

  test('[W 29] a token for labels and types gets stages with those', async () => {
    await world.start([aStageDraft({ type: 'exec', labels: { gpu: 'yes' } })]);
    const { runner } = await make({ types: ['exec'], labels: { gpu: 'yes' } });
    assert.equal((await runner.poll({ ...DOCKER, type: 'exec' })).text, '{}');
    assert.equal((await runner.poll({ ...DOCKER, type: 'exec', labels: { gpu: 'yes' } })).body.id, 1);
  });

  test('[W 15] [W 19] [W 20] a runner can do nothing to what another one holds, and nothing changes', async () => {
    await world.start();
    await world.start();
    const { runner: owner } = await make();
    const { runner: thief, token } = await make({}, '10.0.0.9');
    const stage = await accepted(owner);
    const steps = [{ id: 0, number: 1, name: 'a', status: 'pending' }];
    const begun = (await owner.putStage(stage.id, { ...stage, status: 'running', steps })).body;
    const offered = (await owner.poll()).body;
    const look = async () => ({
      builds: await world.db.selectFrom('builds').selectAll().execute(),
      stages: await world.db.selectFrom('stages').selectAll().execute(),
      steps: await world.db.selectFrom('steps').selectAll().execute(),
      logs: await world.db.selectFrom('logs').selectAll().execute(),
    });
    const before = await look();
    const step = begun.steps[0];
    const tries = [
      await thief.accept(begun.id),
      await thief.accept(offered.id),
      await thief.details(begun.id),
      await thief.details(offered.id),
      await thief.putStage(begun.id, { ...begun, status: 'success' }),
      await thief.putStage(begun.id, { ...stage, status: 'running', steps }),
      await thief.putStage(offered.id, { ...offered, status: 'running', steps }),
      await thief.putStep(step.id, { ...step, status: 'running' }),
      await thief.putStep(999, { ...step, id: 999, status: 'running' }),
      await thief.watch(begun.build_id),
    ];
    for (const [at, { status }] of tries.entries())
      assert.ok(status >= 400 && status < 500, `${at}: ${status}`);
    const line = [{ pos: 0, out: 'forged\n', time: 0 }];
    for (const path of ['logs/batch', 'logs/upload']) {
      await world.call('POST', `/step/${step.id}/${path}`, { token, body: line });
    }
    assert.deepEqual(await look(), before);
  });

  const STATES: Readonly<Record<string, (owner: ScriptedRunner) => Promise<unknown>>> = {
    free: async () => undefined,
    offered: (owner) => owner.poll(),
    accepted: (owner) => accepted(owner),
    running: (owner) => running(owner),
    'at work': (owner) => atWork(owner),
    ended: async (owner) => {
      const { stage } = await atWork(owner);
      await owner.putStage(stage.id, { ...stage, status: 'failure' });
    },
    lost: async (owner) => {
      await atWork(owner);
      world.advance(400_000);
      await sweep(world);
    },
  };
  for (const [state, reach] of Object.entries(STATES)) {
    test(`[W 19] [W 21] a runner for other repositories can do nothing to a stage that is ${state}`, async () => {
      await world.start();
      const { runner: owner } = await make();
      const { runner: thief } = await make({ repos: ['elsewhere/*'] });
      await reach(owner);
      const look = () =>
        Promise.all([
          world.db.selectFrom('builds').selectAll().execute(),
          world.db.selectFrom('stages').selectAll().execute(),
          world.db.selectFrom('steps').selectAll().execute(),
        ]);
      const before = await look();
      const [, [stage], [step]] = before;
      const forged = { name: 'x', exit_code: 0, steps: [{ number: 1, name: 'x', status: 'pending' }] };
      const answers = [await thief.accept(1), await thief.details(1), await thief.watch(1)];
      for (const status of ['pending', 'running', 'success', 'killed']) {
        for (const version of [stage?.version ?? 0, 1, 2, 3]) {
          answers.push(await thief.putStage(1, { ...forged, status, version }));
        }
        answers.push(await thief.putStep(step?.id ?? 1, { ...forged, status, version: step?.version }));
      }
      for (const [at, { status, text }] of answers.entries()) {
        // A build that has ended may be watched by anybody: there is nothing in the answer.
        assert.ok((status >= 400 && status < 500) || (at === 2 && text === ''), `${at}: ${status} ${text}`);
      }
      assert.deepEqual(await look(), before);
    });
  }

  test('only administrators may manage them', async () => {
    headers = await world.bearer(await world.addUser({ login: 'someone' }));
    assert.equal((await send('POST', '', { name: 'x' })).status, 403);
  });
});
