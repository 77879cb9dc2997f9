import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import { aUser, TEST_NOW } from '@sortie/testing/domain-builders';
import { openDatabase } from '../store/db.ts';
import { insertIdentity, updateIdentity } from '../store/identities.ts';
import { insertUser } from '../store/users.ts';
import { syncDueAccounts } from './sync-due-accounts.ts';

async function setup(t: TestContext, count: number, sync: (user: User) => Promise<void>) {
  const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  t.after(() => database.close());
  const { db } = database;
  for (let number = 0; number < count; number += 1) {
    const login = `user-${number}`;
    const user = await insertUser(db, aUser({ login, lastLogin: TEST_NOW - 1000 }));
    const identity = { userId: user.id, connectionId: 1, uid: login, login, created: 1 };
    const { id } = await insertIdentity(db, identity);
    await updateIdentity(db, id, { accessSealed: 'sealed', updated: 1 });
  }
  const refused: string[] = [];
  const failures: string[] = [];
  const closing = new AbortController();
  const pass = () =>
    syncDueAccounts({
      db,
      now: () => TEST_NOW,
      repoSync: { run: sync, start: async (user) => ({ done: sync(user) }) },
      signal: closing.signal,
      onRefused: (login, reason) => void refused.push(`${login}: ${reason}`),
      reportFailure: (message) => void failures.push(message),
    });
  return { pass, refused, failures, closing };
}

test('accounts whose turn it is are synchronised, four at once and each once', async (t) => {
  const seen: string[] = [];
  const waiting: (() => void)[] = [];
  let most = 0;
  const { pass } = await setup(t, 6, async ({ login }) => {
    seen.push(login);
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    most = Math.max(most, waiting.length);
    // The last of four lets all of them go on; so do the two that are left.
    if (waiting.length === 4 || seen.length === 6) for (const go of waiting.splice(0)) go();
    await promise;
  });
  await pass();
  assert.equal(most, 4);
  assert.equal(new Set(seen).size, 6);
  await pass();
  assert.equal(seen.length, 6, 'claimed ones are not due again at once');
});

test('one that the service refuses, or that fails, is reported and stops no other', async (t) => {
  const { pass, refused, failures } = await setup(t, 3, async ({ login }) => {
    if (login === 'user-0') throw new AppError('service-unavailable', 'Gogs does not answer.');
    if (login === 'user-1') throw new Error('inside');
  });
  await pass();
  assert.match(refused.join(), /^user-0: Gogs does not answer/);
  assert.deepEqual(failures, ['the synchronisation of user-1 failed']);
});

test('a server that stops begins nothing more', async (t) => {
  let count = 0;
  const { pass, closing } = await setup(t, 3, async () => {
    count += 1;
  });
  closing.abort();
  await pass();
  assert.equal(count, 0);
});
