import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Permission } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { TEST_KEY } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { createSealer } from '../seal/sealer.ts';
import { createSecret, secretPlaceOf } from '../services/set-secret.ts';
import { upsertMembership } from '../store/memberships.ts';
import { findSecret, type SecretHome } from '../store/secrets.ts';

const READ: Permission = { read: true, write: false, admin: false };
const WRITE: Permission = { read: true, write: true, admin: false };

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const admin = await world.addUser({ login: 'root', isAdmin: true });
  const user = await world.addUser({ login: 'ann' });
  return { world, admin, user };
}

async function post(world: HttpWorld, user: User, url: string, payload: object) {
  return world.app.inject({ method: 'POST', url, headers: await world.bearer(user), payload });
}

async function addSecret(world: HttpWorld, home: SecretHome, name = 'token') {
  const draft = { name, value: 'old', allowsPullRequests: true, allowsPullRequestPushes: false };
  await createSecret({ ...world.auth }, home, draft);
}

async function secretValue(world: HttpWorld, home: SecretHome, name = 'token') {
  const secret = await findSecret(world.db, { ...home, name });
  return createSealer([TEST_KEY]).open(secret?.sealed ?? '', secretPlaceOf({ ...home, name }));
}

test('a secret is rotated in every repository and namespace that the caller may write, and nowhere else', async (t) => {
  const { world, user } = await open(t);
  const mine = (await world.start([])).repo;
  const readable = (await world.start([])).repo;
  await world.grant(user, mine, WRITE);
  await world.grant(user, readable, READ);
  await upsertMembership(world.db, { userId: user.id, namespace: 'acme', role: 'admin', synced: 0 });
  await upsertMembership(world.db, { userId: user.id, namespace: 'other', role: 'member', synced: 0 });
  const namespaces = ['acme', 'other', '__global__'].map((namespace) => ({ namespace }));
  const homes = [{ repoId: mine.id }, { repoId: readable.id }, ...namespaces];
  for (const home of homes) await addSecret(world, home);
  await addSecret(world, { repoId: mine.id }, 'another');
  const body = { name: 'token', data: 'n3w value', repos: ['**'], namespaces: ['*', '__global__'] };
  const tried = await post(world, user, '/api/secrets/rotate', { ...body, dry_run: true });
  assert.deepEqual(tried.json().results, [
    { kind: 'repo', place: mine.slug, result: 'would-rotate' },
    { kind: 'namespace', place: 'acme', result: 'would-rotate' },
  ]);
  assert.equal(await secretValue(world, { repoId: mine.id }), 'old');
  const done = await post(world, user, '/api/secrets/rotate', body);
  assert.equal(done.statusCode, 200);
  assert.ok(!done.body.includes('n3w value'));
  assert.deepEqual(await Promise.all(homes.map((home) => secretValue(world, home))), [
    'n3w value',
    'old',
    'n3w value',
    'old',
    'old',
  ]);
  assert.equal(await secretValue(world, { repoId: mine.id }, 'another'), 'old');
  assert.equal((await findSecret(world.db, { repoId: mine.id, name: 'token' }))?.allowsPullRequests, true);
});

test('secrets of the server are rotated by administrators who name them', async (t) => {
  const { world, admin } = await open(t);
  await addSecret(world, { namespace: '__global__' });
  const rotate = (namespaces: readonly string[]) =>
    post(world, admin, '/api/secrets/rotate', { name: 'token', data: 'new', namespaces });
  assert.equal((await rotate(['*', '**'])).statusCode, 404);
  assert.equal((await rotate(['__global__'])).statusCode, 200);
  assert.equal(await secretValue(world, { namespace: '__global__' }), 'new');
});

test('a rotation says where, has a usable value, and finds something', async (t) => {
  const { world, admin } = await open(t);
  const send = async (body: object) => {
    const answer = await post(world, admin, '/api/secrets/rotate', { name: 'token', data: 'new', ...body });
    return [answer.statusCode, answer.json().error_code];
  };
  assert.deepEqual(await send({}), [400, 'invalid-request']);
  assert.deepEqual(await send({ repos: [] }), [400, 'invalid-request']);
  assert.deepEqual(await send({ repos: ['**'], data: '' }), [400, 'secret-invalid']);
  assert.deepEqual(await send({ repos: ['**'], name: 'a\0b' }), [400, 'secret-invalid']);
  assert.deepEqual(await send({ repos: ['**'] }), [404, 'not-found']);
});
