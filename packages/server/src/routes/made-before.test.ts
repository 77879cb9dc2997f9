import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpWorld } from '@sortie/testing/http-world';

async function openAsAdmin(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const { repo } = await world.start();
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  const post = (key: string, body: object, path = `/api/repos/${repo.slug}/cron`) =>
    world.app.inject({
      method: 'POST',
      url: path,
      headers: { ...headers, 'idempotency-key': key },
      payload: body,
    });
  /** Leaves the key as a process leaves it that dies before it has stored its answer. */
  const forgetAnswer = (key: string) =>
    world.db
      .updateTable('idempotency')
      .set({ holder: 'gone', held_until: 0, status: 0, body_sealed: '', headers: '' })
      .where('key', '=', key)
      .execute();
  return { world, headers, post, forgetAnswer };
}

const NIGHTLY = { name: 'nightly', expr: '@daily', branch: 'main' };

test('a request that was interrupted after it had made a named thing is answered with that thing', async (t) => {
  const { post, forgetAnswer } = await openAsAdmin(t);
  const first = await post('k', NIGHTLY);
  assert.equal(first.statusCode, 200);
  await forgetAnswer('k');
  const second = await post('k', NIGHTLY);
  assert.deepEqual([second.statusCode, second.json()], [200, first.json()]);
  const third = await post('k', NIGHTLY);
  assert.deepEqual([third.headers['idempotency-replayed'], third.body], ['true', second.body]);
});

test('a name that was taken before the interrupted request stays taken', async (t) => {
  const { world, post, forgetAnswer } = await openAsAdmin(t);
  await post('first', NIGHTLY);
  world.advance(1_000);
  const refused = await post('k', NIGHTLY);
  assert.deepEqual([refused.statusCode, refused.json().error_code], [409, 'already-exists']);
  await forgetAnswer('k');
  assert.equal((await post('k', NIGHTLY)).json().error_code, 'already-exists');
});

test('answers are stored encrypted, and so is what tells two requests apart', async (t) => {
  const { world, post } = await openAsAdmin(t);
  const made = await post('k', { name: 'ci', scopes: ['builds:read'] }, '/api/user/tokens');
  const again = await post('k', { name: 'ci', scopes: ['builds:read'] }, '/api/user/tokens');
  assert.equal(again.body, made.body);
  const row = await world.db.selectFrom('idempotency').selectAll().executeTakeFirstOrThrow();
  assert.match(row.body_sealed, /^v1\./);
  assert.match(row.fingerprint, /^v1\./);
  assert.ok(!JSON.stringify(row).includes(made.json().token));
});
