import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ConnectionKind } from '@sortie/core/connection';
import { createHttpWorld } from '@sortie/testing/http-world';
import { ensureConnection } from '../store/connections.ts';
import { connectService } from './known-person.ts';
import { signInPerson } from './sign-in.ts';

async function open(t: TestContext, kind: ConnectionKind) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const wanted = { kind, name: kind, url: 'https://git.example.test/' };
  const connection = await ensureConnection(world.db, wanted);
  const rules = { allowedNames: ['rick'], isClosed: false, minAgeSeconds: 0 };
  const signIn = (uid: string, login: string, filter: readonly string[] = []) => {
    const person = { uid, login, name: '', email: '', avatar: '' };
    const all = { ...rules, allowedNames: filter, firstConnectionId: connection.id, createdLogin: 'rick' };
    const arrival = { connection, person, listOrgs: async () => [] };
    return signInPerson({ ...world.auth, rules: all }, arrival);
  };
  return { ...world, connection, signIn };
}

test('[scm X30] a letter that only looks like one of a login makes another login', async (t) => {
  const world = await open(t, 'oidc');
  const made = await world.addUser({ login: 'rick', uid: '', connectionId: 1, isAdmin: true });
  const { user } = await world.signIn('1', 'ric\u212a');
  assert.deepEqual([user.login, user.isAdmin], ['ricK-2', false]);
  await assert.rejects(world.signIn('2', 'ric\u212a', ['rick']), { code: 'sign-in-membership' });
  assert.equal((await world.signIn('3', 'Rick', ['rick'])).user.id, made.id);
});

test('after the address of a service has changed an account is known by id and login, until it has been there', async (t) => {
  const world = await open(t, 'gogs');
  const [ada, bob] = [(await world.signIn('1', 'ada')).user, (await world.signIn('2', 'bob')).user];
  const warned: string[] = [];
  const warn = (sentence: string) => void warned.push(sentence);
  const { kind, name, url } = world.connection;
  const start = (at: string) => connectService({ ...world, warn }, { kind, name, url: at });
  for (const same of [url, 'http://git.example.test']) await start(same);
  assert.deepEqual(warned, []);
  world.advance(1000);
  await start('https://other.example.test/');
  assert.match(warned.join(), /GOGS HAS CHANGED from http:\/\/git\.example\.test to https:\/\/other/);
  await assert.rejects(world.signIn('1', 'mallory'), { code: 'identity-taken' });
  assert.equal((await world.signIn('1', 'Ada')).user.id, ada.id);
  assert.equal(
    (await world.signIn('1', 'lovelace')).user.login,
    'lovelace',
    'who has been there is known by the id',
  );
  await assert.rejects(world.signIn('2', 'lovelace'), { code: 'identity-taken' });
  assert.equal((await world.signIn('2', 'bob')).user.id, bob.id);
  await start('https://other.example.test/');
  assert.equal(warned.length, 1);
});
