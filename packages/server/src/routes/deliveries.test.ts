import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireDelivery } from '@sortie/contract/deliveries';
import { insertDelivery } from '../store/deliveries.ts';
import { removeOldDeliveries } from '../store/delivery-removal.ts';
import { openHookWorld, PIPELINE } from './hook-world.fixture.ts';

async function openWithPushes(t: Parameters<typeof openHookWorld>[0]) {
  const world = await openHookWorld(t);
  await world.grant(world.ada, world.repo, { read: true, write: true, admin: true });
  const headers = await world.bearer(world.ada);
  world.gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } });
  world.gogs.push('ada/demo', { message: 'Nothing [skip ci]\n' });
  await world.gogs.settled();
  const send = (method: 'GET' | 'POST', path: string) =>
    world.app.inject({ method, url: `/api/repos/ada/demo/deliveries${path}`, headers });
  return { ...world, send };
}

test('[api GET R/deliveries] what arrived is listed with headers, verdict, reason and build', async (t) => {
  const { send } = await openWithPushes(t);
  const listed = (await send('GET', '')).json<WireDelivery[]>();
  assert.deepEqual(
    listed.map(({ event, verdict, reason, build_number: number }) => [event, verdict, reason, number]),
    [
      ['push', 'skipped', 'skip-directive', undefined],
      ['push', 'built', undefined, 1],
      ['create', 'ignored', undefined, undefined],
    ],
  );
  const [first] = listed;
  assert.equal(first?.headers['x-gogs-event'], 'push');
  assert.equal(first?.headers['x-gogs-signature'], '(hidden)');
  assert.equal(first?.headers['x-gogs-delivery'], first?.delivery_id);
  const one = await send('GET', `/${first?.id}`);
  assert.deepEqual(one.json(), first);
  const page = await send('GET', '?per_page=1&page=2');
  assert.equal(page.json<WireDelivery[]>()[0]?.verdict, 'built');
  assert.match(String(page.headers.link), /page=3/);
  assert.equal((await send('GET', '/999999')).statusCode, 404);
});

test('a stored webhook is processed again as a delivery of its own, and the audit log says who asked', async (t) => {
  const { send, db, builds } = await openWithPushes(t);
  const listed = (await send('GET', '')).json<WireDelivery[]>();
  const built = listed.find(({ verdict }) => verdict === 'built');
  const again = (await send('POST', `/${built?.id}/redeliver`)).json<WireDelivery>();
  assert.deepEqual(
    [again.verdict, again.build_number, again.redelivery_of, again.after],
    ['built', 2, built?.id, built?.after],
  );
  assert.equal((await builds()).length, 2);
  const [entry] = await db.selectFrom('audit').select(['action', 'subject', 'status']).execute();
  assert.deepEqual(entry, {
    action: 'redeliver',
    subject: `ada/demo deliveries/${built?.id}`,
    status: 200,
  });
  const ignored = listed.find(({ verdict }) => verdict === 'ignored');
  assert.equal((await send('POST', `/${ignored?.id}/redeliver`)).statusCode, 422);
});

test('a pull request that was built before is built again when a person asks', async (t) => {
  const { send, gogs, builds } = await openWithPushes(t);
  gogs.push('ada/demo', { branch: 'topic' });
  gogs.openPull('ada/demo', { head: 'topic' });
  await gogs.settled();
  const [pull] = (await send('GET', '')).json<WireDelivery[]>();
  const again = (await send('POST', `/${pull?.id}/redeliver`)).json<WireDelivery>();
  assert.equal(again.verdict, 'built');
  assert.equal((await builds()).filter(({ event }) => event === 'pull_request').length, 2);
});

test('old deliveries go, and a repository keeps no more than its share', async (t) => {
  const { db, repo, deliveries } = await openWithPushes(t);
  const row = { repoId: repo.id, event: 'push', ref: '', before: '', after: '', sender: '', payload: '' };
  for (const [key, created] of [
    ['old', 5],
    ['new', 50],
  ] as const) {
    await insertDelivery(db, { ...row, key, created, verdict: 'ignored' });
  }
  assert.equal(await removeOldDeliveries(db, { before: 10, keep: 100, limit: 100 }), 1);
  assert.equal((await deliveries()).length, 4);
  assert.equal(await removeOldDeliveries(db, { before: 10, keep: 2, limit: 100 }), 2);
  assert.deepEqual(
    (await deliveries()).map(({ key }) => key === 'new'),
    [true, false],
  );
});
