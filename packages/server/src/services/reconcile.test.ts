import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openActivationWorld } from '../routes/activation.fixture.ts';
import { signedHeaders, toBytes } from '../routes/hook-world.fixture.ts';
import { listDeliveries } from '../store/deliveries.ts';
import { listGitRefs } from '../store/git-refs.ts';
import { openSilent } from './reconcile.fixture.ts';

test('what was there at the activation was not missed, what moved afterwards was', async (t) => {
  const world = await openSilent(t);
  assert.deepEqual((await world.reconcile(true)).missed, []);
  const pushed = world.gogs.push('ada/demo', { message: 'Nobody hears of this\n' });
  const branch = world.gogs.push('ada/demo', { branch: 'feature', message: 'Nor of this\n' });
  const { missed, dry_run } = await world.reconcile(true);
  assert.equal(dry_run, true);
  assert.deepEqual(missed.map(({ ref, before, after }) => [ref, before, after]).sort(), [
    ['refs/heads/feature', '', branch],
    ['refs/heads/main', world.first, pushed],
  ]);
  assert.deepEqual(await world.builds(), []);
  const [state, hint] = await world.check('refs');
  assert.deepEqual([state, hint], ['warn', 'POST /api/repos/ada/demo/reconcile builds what was missed.']);
});

test('reconciliation builds what was missed once, as deliveries of its own', async (t) => {
  const world = await openSilent(t);
  const pushed = world.gogs.push('ada/demo', { message: 'Nobody hears of this\n' });
  world.gogs.tag('ada/demo', 'v1', { isAnnotated: true });
  const { missed } = await world.reconcile();
  assert.deepEqual(missed.map(({ build }) => build).sort(), [1, 2]);
  assert.deepEqual((await world.builds()).sort(), [
    ['push', 'refs/heads/main', world.first, pushed],
    ['tag', 'refs/tags/v1', '', pushed],
  ]);
  const deliveries = await listDeliveries(world.db, world.repo.id);
  assert.deepEqual(
    deliveries.map(({ event, verdict }) => [event, verdict]),
    [
      ['reconcile', 'built'],
      ['reconcile', 'built'],
    ],
  );
  assert.deepEqual((await world.reconcile()).missed, []);
  assert.deepEqual((await world.health()).missed, []);
});

test('webhooks that come late build nothing again, and a way back does', async (t) => {
  const world = await openSilent(t);
  const { gogs } = world;
  const between = gogs.push('ada/demo', { message: 'One\n' });
  const pushed = gogs.push('ada/demo', { message: 'Two\n' });
  await world.reconcile();
  // The allow-list is mended: everything that was blocked arrives.
  gogs.traps.localAllowlist.push('127.0.0.1');
  gogs.restart();
  await gogs.settled();
  const afters = async () => (await world.builds()).map(([, , , after]) => after).sort();
  const late = [pushed, between].sort();
  assert.deepEqual(await afters(), late);
  const verdicts = (await listDeliveries(world.db, world.repo.id)).map(({ message }) => message);
  assert.ok(verdicts.includes('reconciliation has built it already'));
  const further = gogs.push('ada/demo', { message: 'Three\n' });
  await gogs.settled();
  // Forced back to the commit that reconciliation has built.
  const target = { url: `${world.url}/hook`, secret: world.fake.hooks[0]?.secret ?? '' };
  const owner = { id: 1, login: 'ada', username: 'ada' };
  const repository = { id: world.fake.id, name: 'demo', full_name: 'ada/demo', owner };
  const body = {
    ref: 'refs/heads/main',
    before: further,
    after: pushed,
    commits: [],
    repository,
    pusher: owner,
  };
  const payload = toBytes({ ...body, sender: owner });
  const headers = signedHeaders('push', payload, target.secret);
  await world.app.inject({ method: 'POST', url: '/hook', headers, payload });
  assert.deepEqual(await afters(), [...late, further, pushed].sort());
});

test('of two who reconcile at once each ref is built by one', async (t) => {
  const world = await openSilent(t);
  world.gogs.push('ada/demo', { message: 'Lost\n' });
  await Promise.all([world.reconcile(), world.reconcile(), world.reconcile()]);
  assert.equal((await world.builds()).length, 1);
});

test('a missed push without a pipeline file is told of once, with the reason', async (t) => {
  const world = await openSilent(t);
  world.gogs.push('ada/demo', { files: { '.drone.yml': undefined } });
  const { missed } = await world.reconcile();
  assert.match(missed[0]?.reason ?? '', /there is no \.drone\.yml/);
  assert.deepEqual((await world.reconcile()).missed, []);
  const [delivery] = await listDeliveries(world.db, world.repo.id);
  assert.deepEqual([delivery?.verdict, delivery?.reason], ['skipped', 'config-missing']);
});

test('a push that a webhook has told of was not missed, and a deleted branch is forgotten', async (t) => {
  const world = await openSilent(t);
  world.gogs.push('ada/demo', { branch: 'feature' });
  world.gogs.traps.localAllowlist.push('127.0.0.1');
  world.gogs.restart();
  await world.gogs.settled();
  world.gogs.push('ada/demo');
  await world.gogs.settled();
  assert.deepEqual((await world.reconcile(true)).missed, []);
  world.gogs.traps.localAllowlist.length = 0;
  world.gogs.deleteBranch('ada/demo', 'feature');
  assert.deepEqual((await world.reconcile(true)).missed, []);
  assert.deepEqual([...(await listGitRefs(world.db, world.repo.id)).keys()], ['refs/heads/main']);
});

test('a push of which nothing was heard for 15 minutes means that webhooks do not arrive', async (t) => {
  const world = await openSilent(t);
  world.gogs.push('ada/demo');
  await world.reconcile(true);
  assert.equal((await world.check('delivery'))[0], 'warn');
  assert.equal((await world.health()).state, 'unproven');
  world.advance(900_000);
  const [state, hint] = await world.check('delivery');
  assert.equal(state, 'fail');
  assert.match(hint ?? '', /LOCAL_NETWORK_ALLOWLIST/);
  assert.equal((await world.health()).state, 'broken');
});

test('where webhooks used to arrive and one did not, the delivery fails until the next one', async (t) => {
  const world = await openSilent(t);
  world.gogs.traps.localAllowlist.push('127.0.0.1');
  world.gogs.push('ada/demo');
  await world.gogs.settled();
  world.gogs.traps.localAllowlist.length = 0;
  world.advance(60_000);
  world.gogs.push('ada/demo', { message: 'Lost\n' });
  await world.reconcile(true);
  assert.equal((await world.check('delivery'))[0], 'ok');
  world.advance(900_000);
  assert.equal((await world.check('delivery'))[0], 'fail');
});

test('what moved while a repository was inactive was not missed', async (t) => {
  const world = await openSilent(t);
  await world.send('DELETE');
  world.gogs.push('ada/demo');
  await world.enable();
  assert.deepEqual((await world.reconcile(true)).missed, []);
});

test('an inactive repository is not reconciled', async (t) => {
  const world = await openActivationWorld(t);
  const answer = await world.send('POST', '/reconcile', { payload: {} });
  assert.equal(answer.json<{ error_code: string }>().error_code, 'repo-inactive');
});
