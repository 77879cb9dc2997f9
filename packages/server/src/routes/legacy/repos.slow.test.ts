import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOUNTS, openLegacyWorld } from './legacy-world.fixture.ts';

const R = '/api/repos/octocat';

for (const at of MOUNTS) {
  const place = at || 'root';

  test(`[legacy 18] at ${place} a public repository is shown to everybody, a private one to those who may`, async (t) => {
    const world = await openLegacyWorld(t);
    const repo = (await world.ask('GET', `${at}${R}/demo`)).json<Record<string, unknown>>();
    assert.equal(repo.full_name, 'octocat/demo');
    assert.equal(repo.scm, 'git');
    assert.equal(repo.allow_push, true);
    assert.equal((await world.ask('GET', `${at}${R}/priv`)).status, 401);
    assert.equal((await world.ask('GET', `${at}${R}/priv`, { headers: world.asReader })).status, 404);
    const fresh = await world.ask('GET', `${at}${R}/fresh`, { headers: world.asRoot });
    assert.equal(fresh.status, at === '' ? 200 : 404);
  });

  test(`[legacy 19] at ${place} events, and by administrators trust and timeout, are changed`, async (t) => {
    const world = await openLegacyWorld(t);
    const headers = world.asRoot;
    const change = async (payload: object, as = headers) =>
      (await world.ask('PATCH', `${at}${R}/demo`, { headers: as, payload })).json<Record<string, unknown>>();
    const first = await change({ allow_tags: false, allow_deploy: false, timeout: 30, trusted: true });
    assert.deepEqual(
      [first.allow_tags, first.allow_deploys, first.allow_push, first.timeout, first.trusted],
      [false, false, true, 30, true],
    );
    const second = await change({ allow_tag: false, allow_tags: true, allow_pr: false, allow_push: null });
    assert.deepEqual(
      [second.allow_tags, second.allow_pr, second.allow_push, second.timeout],
      [true, false, true, 30],
    );
    assert.equal((await world.ask('PATCH', `${at}${R}/demo`, { headers, payload: '{' })).status, 400);
    const writer = await world.addUser({ login: 'writer' });
    await world.grant(writer, world.demo, { read: true, write: true, admin: true });
    const third = await change({ allow_push: false, timeout: 5 }, await world.bearer(writer));
    assert.deepEqual([third.allow_push, third.timeout], [false, 30]);
    const payload = { allow_push: true };
    const refused = await world.ask('PATCH', `${at}${R}/demo`, { headers: world.asReader, payload });
    assert.equal(refused.status, 404);
  });

  test(`[legacy 20] at ${place} a repository is activated`, async (t) => {
    const world = await openLegacyWorld(t);
    const headers = world.asRoot;
    const answer = await world.ask('POST', `${at}${R}/fresh`, { headers });
    assert.equal(answer.status, 200, answer.body);
    const repo = answer.json<Record<string, unknown>>();
    assert.equal(repo.full_name, 'octocat/fresh');
    assert.deepEqual(
      [repo.allow_push, repo.allow_pr, repo.allow_tags, repo.allow_deploys],
      at === '' ? [true, true, true, true] : [true, true, false, false],
    );
    assert.equal((await world.ask('POST', `${at}${R}/fresh`, { headers })).status, at === '' ? 200 : 409);
    assert.equal((await world.ask('POST', `${at}${R}/fresh`)).status, at === '' ? 401 : 403);
    assert.equal((await world.ask('POST', `${at}${R}/nothing`, { headers })).status, 404);
  });

  test(`[legacy 21] at ${place} the caller becomes the owner`, async (t) => {
    const world = await openLegacyWorld(t);
    const ann = await world.addUser({ login: 'ann' });
    await world.grant(ann, world.demo, { read: true, write: true, admin: true });
    const answer = await world.ask('POST', `${at}${R}/demo/chown`, { headers: await world.bearer(ann) });
    assert.equal(answer.json<{ full_name: string }>().full_name, 'octocat/demo');
    const shown = await world.ask('GET', `${R}/demo`);
    assert.equal(shown.json<{ user_id: number }>().user_id, ann.id);
    assert.equal((await world.ask('POST', `${at}${R}/demo/chown`)).status, 401);
    const reader = await world.ask('POST', `${at}${R}/demo/chown`, { headers: world.asReader });
    assert.equal(reader.status, at === '' ? 404 : 403);
  });

  test(`[legacy 17] at ${place} a repository is ${at === '' ? 'deactivated' : 'removed'}`, async (t) => {
    const world = await openLegacyWorld(t);
    const headers = world.asRoot;
    const refused = await world.ask('DELETE', `${at}${R}/demo`, { headers: world.asReader });
    assert.equal(refused.status, at === '' ? 404 : 403);
    assert.equal((await world.ask('DELETE', `${at}${R}/demo`)).status, 401);
    const answer = await world.ask('DELETE', `${at}${R}/demo`, { headers });
    assert.equal(answer.status, 200);
    if (at === '') {
      assert.equal(answer.json<{ active: boolean }>().active, false);
      return;
    }
    assert.deepEqual([answer.body, answer.type], ['', '']);
    assert.equal((await world.ask('GET', `${at}${R}/demo`, { headers })).status, 404);
    assert.equal((await world.ask('GET', `${R}/demo`, { headers })).status, 404);
  });

  test(`[legacy 26] at ${place} the bytes of a pipeline file are signed whatever their label`, async (t) => {
    const world = await openLegacyWorld(t);
    const payload = 'pipeline:\n  test:\n    image: golang\n';
    const headers = { ...world.asRoot, 'content-type': 'application/json' };
    const answer = await world.ask('POST', `${at}${R}/demo/sign`, { headers, payload });
    assert.deepEqual([answer.status, answer.type], [200, 'text/plain; charset=utf-8']);
    const [head = '', middle = '', end = ''] = answer.body.split('.');
    assert.equal(Buffer.from(head, 'base64url').toString(), '{"alg":"HS256"}');
    assert.equal(Buffer.from(middle, 'base64url').toString(), payload);
    assert.equal(Buffer.from(end, 'base64url').length, 32);
    const again = await world.ask('POST', `${at}${R}/demo/sign`, { headers, payload });
    assert.equal(again.body, answer.body, 'the key stays');
    assert.equal((await world.ask('POST', `${at}${R}/demo/sign`, { payload })).status, 401);
    assert.equal((await world.ask('POST', `${at}${R}/demo/sign`, { headers })).status, 400);
  });
}

test('[legacy 26] a JSON object with data is signed as version 1 does, and as bytes at /v0', async (t) => {
  const world = await openLegacyWorld(t);
  const payload = { data: 'kind: pipeline\nname: default\nsteps: []\n' };
  const root = await world.ask('POST', `${R}/demo/sign`, { headers: world.asRoot, payload });
  assert.match(root.json<{ data: string }>().data, /^[0-9a-f]{64}$/);
  const v0 = await world.ask('POST', `/v0${R}/demo/sign`, { headers: world.asRoot, payload });
  assert.deepEqual(JSON.parse(Buffer.from(v0.body.split('.')[1] ?? '', 'base64url').toString()), payload);
});

test('[legacy 19] in version 1 ignore_pull_requests goes before allow_pr', async (t) => {
  const world = await openLegacyWorld(t);
  const payload = { ignore_pull_requests: true, allow_pr: true };
  const answer = await world.ask('PATCH', `${R}/demo`, { headers: world.asRoot, payload });
  assert.equal(answer.json<{ allow_pr: boolean }>().allow_pr, false);
});
