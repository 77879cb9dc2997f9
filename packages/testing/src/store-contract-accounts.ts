import assert from 'node:assert/strict';
import { isDuplicateKey } from '@sortie/server/store/driver-errors';
import { findSession, insertSession, removeSession } from '@sortie/server/store/sessions';
import { consumeSignInLink, insertSignInLink } from '@sortie/server/store/sign-in-links';
import {
  findTokenByHash,
  insertToken,
  listTokens,
  removeToken,
  touchToken,
} from '@sortie/server/store/tokens';
import {
  countUsers,
  findUserById,
  findUserByLogin,
  insertUser,
  updateUser,
} from '@sortie/server/store/users';
import { aUser, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

/** Accounts and how they sign in. */
export function keepingAccounts(it: StoreCase): void {
  it('an account is found by id and by its login in any case', async ({ db }) => {
    const user = await insertUser(db, aUser({ login: 'OctoCat', isAdmin: true }));
    assert.deepEqual(await findUserById(db, user.id), user);
    assert.deepEqual(await findUserByLogin(db, 'OCTOcat'), user);
    assert.equal(await countUsers(db), 1);
  });

  it('a login that differs in case only is a duplicate key', async ({ db }) => {
    await insertUser(db, aUser({ login: 'octocat' }));
    await assert.rejects(insertUser(db, aUser({ login: 'OCTOCAT', uid: 'other' })), isDuplicateKey);
  });

  it('a change of an account leaves the other columns alone', async ({ db }) => {
    const user = await insertUser(db, aUser());
    const changed = await updateUser(db, user.id, { isActive: false, email: 'new@example.com' });
    assert.deepEqual(changed, { ...user, isActive: false, email: 'new@example.com' });
    assert.equal(await updateUser(db, user.id + 1, { email: '' }), undefined);
  });

  it('a token is found by its hash and removed by its owner only', async ({ db }) => {
    const user = await insertUser(db, aUser());
    const token = await insertToken(db, {
      userId: user.id,
      name: 'ci',
      hash: 'h'.repeat(64),
      prefix: 'srt_ab',
      scopes: ['builds:read', 'logs:read'],
      repoIds: [7],
      ranges: ['10.0.0.0/8'],
      rateLimit: 60,
      expires: 0,
      created: TEST_NOW,
    });
    await touchToken(db, token.id, TEST_NOW + 5);
    assert.deepEqual(await findTokenByHash(db, 'h'.repeat(64)), { ...token, lastUsed: TEST_NOW + 5 });
    assert.equal(await removeToken(db, { id: token.id, userId: user.id + 1 }), false);
    assert.equal(await removeToken(db, { id: token.id, userId: user.id }), true);
    assert.deepEqual(await listTokens(db, user.id), []);
  });

  it('a session ends by revocation and by time', async ({ db }) => {
    const user = await insertUser(db, aUser());
    const session = { hash: 's'.repeat(64), userId: user.id, created: TEST_NOW, expires: TEST_NOW + 10 };
    await insertSession(db, session);
    assert.deepEqual(await findSession(db, session.hash, TEST_NOW + 9), session);
    assert.equal(await findSession(db, session.hash, TEST_NOW + 10), undefined);
    await removeSession(db, session.hash);
    assert.equal(await findSession(db, session.hash, TEST_NOW), undefined);
  });

  it('of many uses of one sign-in link exactly one succeeds', async ({ db }) => {
    const user = await insertUser(db, aUser());
    await insertSignInLink(db, { hash: 'l', userId: user.id, expires: TEST_NOW + 10 });
    const uses = await Promise.all(Array.from({ length: 8 }, () => consumeSignInLink(db, 'l', TEST_NOW)));
    assert.deepEqual(
      uses.filter((id) => id !== undefined),
      [user.id],
    );
    await insertSignInLink(db, { hash: 'old', userId: user.id, expires: TEST_NOW });
    assert.equal(await consumeSignInLink(db, 'old', TEST_NOW), undefined);
  });
}
