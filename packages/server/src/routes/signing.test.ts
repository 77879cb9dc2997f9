import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Repo } from '@sortie/core/repo';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { decryptSecret } from '../seal/repo-cipher.ts';
import { ensureRepoKeys, openRepoSecret, openRepoSigner, secretPlace } from '../services/repo-keys.ts';

const KEY = '589396227fff5a93ba934965e8735f88';
const FILE = 'kind: pipeline\nname: a\n';
const HMAC = 'd6a12cc7ec5cb2f750c52cf940389c854f392c530b5ce7641f8cf416bc0f7192';

describe('the key of a repository', () => {
  let world: HttpWorld;
  let repo: Repo;
  let headers: Readonly<Record<string, string>>;

  beforeEach(async () => {
    world = await createHttpWorld();
    repo = (await world.start([])).repo;
    const user = await world.addUser({ login: 'grace' });
    await world.grant(user, repo, { read: true, write: true, admin: false });
    headers = await world.bearer(user);
  });
  afterEach(() => world.close());

  const post = (what: string, payload: object | string, who = headers) =>
    world.app.inject({ method: 'POST', url: `/api/repos/${repo.slug}/${what}`, headers: who, payload });

  const setKey = (key: string) =>
    world.db
      .updateTable('repos')
      .set({ secret_sealed: world.sealer.seal(key, secretPlace(repo.id)) })
      .where('id', '=', repo.id)
      .execute();

  it('[api POST R/sign] [sdk S32] signs a pipeline file with its vectors', async () => {
    await setKey(KEY);
    for (const data of [FILE, `---\n${FILE}`, FILE.replaceAll('\n', '\r\n'), `${FILE}...\njunk\n`]) {
      const answer = await post('sign', { data });
      assert.deepEqual([answer.statusCode, answer.json()], [200, { data: HMAC }]);
    }
    const two = await post('sign', { data: `${FILE}\n---\nkind: secret\n` });
    assert.equal(two.json().data, '5b9473ce6b539fd61d195a0fd9abed8bdfb1d7f92d043f707f4531221715a0bf');
    const long = `${FILE}# ${'x'.repeat(70_000)}\n`;
    const signed = `${long}---\nkind: signature\nhmac: ${(await post('sign', { data: long })).json().data}\n`;
    assert.equal((await post('verify', { data: signed })).statusCode, 204);
    assert.equal((await post('verify', { data: signed.replace('xx\n', 'x\n') })).statusCode, 400);
  });

  it('signs nothing that is no pipeline file', async () => {
    for (const data of ['a: [', 'just text', '', '---\n']) {
      const answer = await post('sign', { data });
      assert.deepEqual([answer.statusCode, answer.json().error_code], [400, 'config-unreadable'], data);
    }
    assert.match((await post('sign', { data: `${FILE}a: [` })).json().hint, /^Line \d:/);
    assert.equal((await post('sign', '')).statusCode, 400);
    for (const payload of ['', '{}', '{"data": 1}']) {
      assert.equal((await post('encrypt', payload)).statusCode, 400);
      assert.equal((await post('verify', payload)).statusCode, 400);
    }
  });

  it('[api POST R/verify] verifies a file with its own signature, and no other one', async () => {
    await setKey(KEY);
    const signed = `${FILE}---\nkind: signature\nhmac: ${HMAC}\n`;
    const good = await post('verify', { data: signed });
    assert.deepEqual([good.statusCode, good.body], [204, '']);
    for (const data of [FILE, `# note\n${signed}`, signed.replace('d6a1', 'd6a2')]) {
      const answer = await post('verify', { data });
      assert.deepEqual([answer.statusCode, answer.json().error_code], [400, 'signature-invalid']);
    }
  });

  it('[api POST R/encrypt] [api POST R/encrypt/secret] [sdk S32] encrypts as base64 of nonce, text and tag, with a fresh nonce each time', async () => {
    await setKey(KEY);
    const texts = new Set<string>();
    for (const what of ['encrypt', 'encrypt/secret', 'encrypt']) {
      const { data } = (await post(what, { data: 'correct-horse', name: 'x', pull_request: true })).json();
      assert.equal(decryptSecret(data, KEY), 'correct-horse');
      assert.equal(Buffer.from(data, 'base64').length, 12 + 'correct-horse'.length + 16);
      texts.add(data);
    }
    assert.equal(texts.size, 3);
  });

  it('is made at its first use where a push has made the repository, and two at once agree', async () => {
    assert.equal(await openRepoSecret(world, repo.id), '');
    const answers = await Promise.all([post('sign', { data: FILE }), post('sign', { data: FILE })]);
    const [one, two] = answers.map((answer) => answer.json().data);
    assert.equal(one, two);
    const key = await openRepoSecret(world, repo.id);
    assert.match(key, /^[A-Za-z0-9]{32}$/);
    const signer = await openRepoSigner(world, repo.id);
    assert.match(signer, /^[A-Za-z0-9]{32}$/);
    assert.notEqual(signer, key);
    await ensureRepoKeys(world, repo.id);
    assert.deepEqual(
      [await openRepoSecret(world, repo.id), await openRepoSigner(world, repo.id)],
      [key, signer],
    );
  });

  it('is for those who may write, and with tokens that may write secrets', async () => {
    const reader = await world.addUser({ login: 'reader' });
    await world.grant(reader, repo, { read: true, write: false, admin: false });
    const admin = await world.addUser({ login: 'root', isAdmin: true });
    const reads = await world.bearer(admin, ['secrets:read']);
    for (const what of ['sign', 'encrypt', 'encrypt/secret', 'verify']) {
      assert.equal((await post(what, { data: FILE }, await world.bearer(reader))).statusCode, 404, what);
      assert.equal((await post(what, { data: FILE }, {})).statusCode, 401, what);
      assert.equal((await post(what, { data: FILE }, reads)).statusCode, what === 'verify' ? 400 : 403, what);
    }
  });
});
