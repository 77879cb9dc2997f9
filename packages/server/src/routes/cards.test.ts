import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireBuild } from '@sortie/contract/builds';
import { createHttpWorld, startStep } from '@sortie/testing/http-world';

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const user = await world.addUser();
  const step = await startStep(world);
  await world.grant(user, step.repo, { read: true, write: true, admin: true });
  const headers = await world.bearer(user);
  const base = `/api/repos/${step.repo.slug}/cards/1/1`;
  const send = (method: 'GET' | 'POST' | 'DELETE', url = `${base}/1`, payload?: object) =>
    world.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  const readBuild = async () => {
    const url = `/api/repos/${step.repo.slug}/builds/1`;
    return (await world.app.inject({ url, headers })).json<WireBuild>();
  };
  const schemaOf = (build: WireBuild) => build.stages?.[0]?.steps?.[0]?.schema;
  return { world, user, send, base, readBuild, schemaOf, ...step };
}

test('[api GET R/cards/{}/{}/{}] [api POST R/cards/{}/{}/{}] a card comes back as its bare data, and its schema is on the step; the answer is the id of the step', async (t) => {
  const { send, readBuild, schemaOf, stepId } = await open(t);
  const data = { Tests: 3, 'ü"': [null, '<b>'] };
  const before = await readBuild();
  const made = await send('POST', undefined, { schema: 'https://example.com/card.json', data });
  assert.deepEqual([made.statusCode, made.body], [200, `${stepId}\n`]);
  const card = await send('GET');
  assert.equal(card.headers['content-type'], 'application/json');
  assert.deepEqual(card.json(), data);
  const after = await readBuild();
  assert.equal(schemaOf(after), 'https://example.com/card.json');
  assert.ok(after.sequence > before.sequence);
});

test('[api DELETE R/cards/{}/{}/{}] [ledger 14] a second card replaces the first, and a card can be deleted', async (t) => {
  const { send, readBuild, schemaOf } = await open(t);
  await send('POST', undefined, { schema: 'a', data: 1 });
  assert.equal((await send('POST', undefined, { schema: 'b', data: [2] })).statusCode, 200);
  assert.deepEqual((await send('GET')).json(), [2]);
  assert.equal(schemaOf(await readBuild()), 'b');
  const gone = await send('DELETE');
  assert.deepEqual([gone.statusCode, gone.body], [204, '']);
  assert.equal((await send('GET')).statusCode, 404);
  assert.equal((await send('DELETE')).statusCode, 404);
  assert.equal(schemaOf(await readBuild()), undefined);
});

test('cards of unknown builds, stages and steps are 404; bad numbers and bodies 400, bodies first', async (t) => {
  const { send, base, repo } = await open(t);
  assert.equal((await send('GET')).json().hint, 'There is no such card.');
  for (const url of [
    `${base}/9`,
    `/api/repos/${repo.slug}/cards/1/9/1`,
    `/api/repos/${repo.slug}/cards/9/1/1`,
  ]) {
    assert.equal((await send('GET', url)).statusCode, 404, url);
    assert.equal((await send('POST', url, { data: 1 })).statusCode, 404, url);
    assert.equal((await send('POST', url, {})).statusCode, 400, url);
  }
  assert.equal((await send('GET', `${base}/one`)).statusCode, 400);
  for (const schema of [7, 'a\u0000b', 'x'.repeat(2001)]) {
    assert.equal((await send('POST', undefined, { data: 1, schema })).statusCode, 400);
  }
});

test('who reads a repository reads its cards, who administers it writes them', async (t) => {
  const { world, user, repo, send } = await open(t);
  await send('POST', undefined, { data: 1 });
  await world.grant(user, repo, { read: true, write: true, admin: false });
  assert.equal((await send('GET')).statusCode, 200);
  assert.equal((await send('POST', undefined, { data: 2 })).statusCode, 404);
  assert.equal((await send('DELETE')).statusCode, 404);
});
