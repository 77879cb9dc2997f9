import assert from 'node:assert/strict';
import { createUserTokenKey, readUserToken, rotateUserToken } from '@sortie/server/auth/user-token';
import { createSealer } from '@sortie/server/seal/sealer';
import { changeUser, deleteUser } from '@sortie/server/services/change-user';
import { createUser } from '@sortie/server/services/create-user';
import { insertAuditEntry, listAuditEntries, type NewAuditEntry } from '@sortie/server/store/audit';
import type { Db } from '@sortie/server/store/db';
import { isDuplicateKey } from '@sortie/server/store/driver-errors';
import { findPermission, upsertPermission } from '@sortie/server/store/permissions';
import { findSlugsOfRepos, transferReposOf } from '@sortie/server/store/repo-owners';
import { findRepoById, insertRepo } from '@sortie/server/store/repos';
import { findSessionUser, insertSession, removeSessionsOfUser } from '@sortie/server/store/sessions';
import { consumeSignInLink, insertSignInLink } from '@sortie/server/store/sign-in-links';
import {
  findRotatedTokenWithUser,
  findToken,
  findTokenWithUser,
  insertToken,
  type NewToken,
  renameToken,
  replaceTokenHash,
} from '@sortie/server/store/tokens';
import { findUserByTokenHash, findUserToken, replaceUserToken } from '@sortie/server/store/user-tokens';
import { findUserByLogin, insertUser, listUsersByLogin } from '@sortie/server/store/users';
import { aRepo, aUser, TEST_KEY, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

/** Who accounts are, and what is noted of what they do. */
export function keepingIdentity(it: StoreCase): void {
  keepingTokens(it);
  keepingUserTokens(it);
  keepingAdministrators(it);
  keepingAudit(it);
}

function keepingTokens(it: StoreCase): void {
  it('a token comes with its account, by its present text and for a while by the one before', async ({
    db,
  }) => {
    const user = await insertUser(db, aUser({ isAdmin: true, created: 5 }));
    const token = await insertToken(db, aToken(user.id, { hash: 'one' }));
    assert.deepEqual(await findTokenWithUser(db, 'one'), { token, user });
    const change = { expectedHash: 'one', hash: 'two', prefix: 'sortie_2', previousExpires: TEST_NOW + 10 };
    const rotated = await replaceTokenHash(db, token.id, change);
    assert.deepEqual(rotated, { ...token, prefix: 'sortie_2', previousExpires: TEST_NOW + 10 });
    assert.deepEqual((await findTokenWithUser(db, 'two'))?.user, user);
    assert.equal(await findTokenWithUser(db, 'one'), undefined);
    assert.deepEqual(await findRotatedTokenWithUser(db, 'one', TEST_NOW + 9), { token: rotated, user });
    assert.equal(await findRotatedTokenWithUser(db, 'one', TEST_NOW + 10), undefined);
    assert.equal(await findRotatedTokenWithUser(db, '', TEST_NOW), undefined);
  });

  it('of many rotations of one token at once exactly one succeeds', async ({ db }) => {
    const user = await insertUser(db, aUser());
    const token = await insertToken(db, aToken(user.id, { hash: 'start' }));
    const rotations = ['a', 'b', 'c', 'd'].map((hash) =>
      replaceTokenHash(db, token.id, { expectedHash: 'start', hash, prefix: hash, previousExpires: 0 }),
    );
    const won = (await Promise.all(rotations)).filter((each) => each !== undefined);
    assert.equal(won.length, 1);
    assert.equal((await findToken(db, { id: token.id, userId: user.id }))?.hash, won[0]?.prefix);
  });

  it('a token is found and renamed for its account only', async ({ db }) => {
    const user = await insertUser(db, aUser());
    const { id } = await insertToken(db, aToken(user.id));
    assert.equal(await findToken(db, { id, userId: user.id + 1 }), undefined);
    assert.equal(await renameToken(db, { id, userId: user.id + 1 }, 'mine'), undefined);
    assert.equal((await renameToken(db, { id, userId: user.id }, 'laptop'))?.name, 'laptop');
  });

  it('signing out everywhere ends all sessions and links of one account', async ({ db }) => {
    const user = await insertUser(db, aUser());
    const other = await insertUser(db, aUser({ login: 'other' }));
    const times = { created: TEST_NOW, expires: TEST_NOW + 10 };
    for (const hash of ['s1', 's2']) await insertSession(db, { hash, userId: user.id, ...times });
    await insertSession(db, { hash: 's3', userId: other.id, ...times });
    await insertSignInLink(db, { hash: 'l', userId: user.id, expires: TEST_NOW + 10 });
    assert.deepEqual(await findSessionUser(db, 's1', TEST_NOW), user);
    assert.equal(await findSessionUser(db, 's1', TEST_NOW + 10), undefined);
    await removeSessionsOfUser(db, user.id);
    assert.equal(await findSessionUser(db, 's2', TEST_NOW), undefined);
    assert.equal(await consumeSignInLink(db, 'l', TEST_NOW), undefined);
    assert.equal((await findSessionUser(db, 's3', TEST_NOW))?.id, other.id);
  });
}

function keepingUserTokens(it: StoreCase): void {
  it('the old user token is made once however many ask, and belongs to one account', async ({ db }) => {
    const deps = userTokens(db);
    const user = await insertUser(db, aUser());
    const texts = await Promise.all([1, 2, 3, 4].map(() => readUserToken(deps, user)));
    assert.equal(new Set(texts).size, 1);
    const stored = await findUserToken(db, user.id);
    assert.ok(stored);
    assert.equal((await findUserByTokenHash(db, stored.hash))?.id, user.id);
    assert.equal(await findUserByTokenHash(db, ''), undefined);
    const other = await insertUser(db, aUser({ login: 'other' }));
    await assert.rejects(replaceUserToken(db, other.id, '', stored), isDuplicateKey);
  });

  it('of many rotations of an old user token at once none shows a token that has ended', async ({ db }) => {
    const deps = userTokens(db);
    const user = await insertUser(db, aUser());
    await readUserToken(deps, user);
    const ends = await Promise.allSettled([1, 2, 3, 4].map(() => rotateUserToken(deps, user)));
    const shown = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    assert.ok(shown.length > 0);
    assert.ok(shown.includes(await readUserToken(deps, user)));
  });

  it('two servers that start together agree on the key of the old user tokens', async ({ db }) => {
    const keys = await Promise.all([userTokens(db), userTokens(db)].map((deps) => deps.userTokenKey()));
    assert.equal(keys[0], keys[1]);
    assert.match(keys[0] ?? '', /^[0-9a-f]{64}$/);
  });
}

function keepingAdministrators(it: StoreCase): void {
  it('of the last two administrators, demoted at once, one stays', async ({ db }) => {
    const deps = { db, now: () => TEST_NOW };
    const ids: number[] = [];
    for (const login of ['ada', 'grace'])
      ids.push((await insertUser(db, aUser({ login, isAdmin: true }))).id);
    const ends = await Promise.allSettled(ids.map((id) => changeUser(deps, id, { isAdmin: false })));
    assert.deepEqual(ends.map((end) => end.status).sort(), ['fulfilled', 'rejected']);
    const left = (await listUsersByLogin(db)).filter((user) => user.isAdmin);
    assert.equal(left.length, 1);
    await assert.rejects(deleteUser(deps, left[0]?.id ?? 0), { code: 'last-admin' });
    await assert.rejects(changeUser(deps, left[0]?.id ?? 0, { isActive: false }), { code: 'last-admin' });
  });

  it('an account is made once however many ask at the same time', async ({ db }) => {
    const account = { login: 'Robot', isAdmin: false, isMachine: true, token: '' };
    const deps = { ...userTokens(db), now: () => TEST_NOW };
    const ends = await Promise.allSettled([1, 2, 3].map(() => createUser(deps, account)));
    assert.equal(ends.filter((end) => end.status === 'fulfilled').length, 1);
    for (const end of ends) if (end.status === 'rejected') assert.equal(end.reason.code, 'already-exists');
  });

  it('repositories go to the next active collaborator who may administer them, by login, or to nobody', async ({
    db,
  }) => {
    const [owner, zoe, adam, idle] = [
      await insertUser(db, aUser({ login: 'owner' })),
      await insertUser(db, aUser({ login: 'Zoe' })),
      await insertUser(db, aUser({ login: 'adam' })),
      await insertUser(db, aUser({ login: 'aaron', isActive: false })),
    ];
    const shared = await insertRepo(db, aRepo({ name: 'shared', userId: owner.id }));
    const alone = await insertRepo(db, aRepo({ name: 'alone', userId: owner.id }));
    const all = { read: true, write: true, admin: true, synced: 0 };
    for (const user of [owner, zoe, adam, idle]) {
      await upsertPermission(db, { userId: user.id, repoId: shared.id }, all);
    }
    await upsertPermission(db, { userId: adam.id, repoId: alone.id }, { ...all, admin: false });
    assert.equal(await transferReposOf(db, owner.id), 2);
    assert.equal((await findRepoById(db, shared.id))?.userId, adam.id);
    assert.equal((await findRepoById(db, alone.id))?.userId, 0);
    const slugs = await findSlugsOfRepos(db, [shared.id, alone.id, alone.id + 7]);
    assert.deepEqual([...slugs.values()].sort(), ['octocat/alone', 'octocat/shared']);
    await deleteUser({ db, now: () => TEST_NOW }, adam.id);
    assert.equal((await findRepoById(db, shared.id))?.userId, owner.id);
    assert.equal(await findPermission(db, adam.id, shared.id), undefined);
  });

  it('a text with a NUL is unknown or refused, never a failure of the server', async ({ db }) => {
    const found = await findUserByLogin(db, 'octo\u0000cat').catch((error: unknown) => error);
    if (found !== undefined) assert.equal((found as { code?: unknown }).code, 'invalid-request');
    await insertUser(db, aUser());
  });

  it('accounts are listed by login whatever its case, all or page by page', async ({ db }) => {
    for (const login of ['b', 'C', 'a']) await insertUser(db, aUser({ login }));
    const logins = async (page?: { page: number; perPage: number }) =>
      (await listUsersByLogin(db, page)).map((user) => user.login);
    assert.deepEqual(await logins(), ['a', 'b', 'C']);
    assert.deepEqual(await logins({ page: 2, perPage: 2 }), ['C']);
  });
}

function keepingAudit(it: StoreCase): void {
  it('the audit log is read newest first, by action, account, subject and page', async ({ db }) => {
    await insertAuditEntry(db, anEntry({ action: 'createToken', subject: 'tokens/1' }));
    await insertAuditEntry(db, anEntry({ login: 'ada', subject: 'octo_cat/hello secrets/token' }));
    await insertAuditEntry(db, anEntry({ subject: 'octo_cat/hello' }));
    await insertAuditEntry(db, anEntry({ subject: 'octoXcat/hello secrets/token' }));
    const ids = async (filter: Omit<Parameters<typeof listAuditEntries>[1], 'limit'>) =>
      (await listAuditEntries(db, { ...filter, limit: 10 })).map((entry) => entry.id);
    assert.deepEqual(await ids({}), [4, 3, 2, 1]);
    assert.deepEqual(await ids({ before: 3 }), [2, 1]);
    assert.deepEqual(await ids({ action: 'createToken' }), [1]);
    assert.deepEqual(await ids({ login: 'ada' }), [2]);
    assert.deepEqual(await ids({ subject: 'octo_cat/hello' }), [3, 2]);
    const [newest] = await listAuditEntries(db, { limit: 1 });
    assert.deepEqual(newest, { id: 4, ...anEntry({ subject: 'octoXcat/hello secrets/token' }) });
  });

  it('the database lets nobody change or remove an entry of the audit log', async ({ db }) => {
    await insertAuditEntry(db, anEntry());
    await assert.rejects(db.updateTable('audit').set({ login: 'nobody' }).execute(), /append-only/);
    await assert.rejects(db.deleteFrom('audit').execute(), /append-only/);
    assert.equal((await listAuditEntries(db, { limit: 10 })).length, 1);
  });
}

function userTokens(db: Db) {
  const sealer = createSealer([TEST_KEY]);
  return { db, sealer, userTokenKey: createUserTokenKey({ db, sealer }) };
}

function aToken(userId: number, patch: Partial<NewToken> = {}): NewToken {
  return {
    userId,
    name: 'ci',
    hash: 'hash',
    prefix: 'sortie_1',
    scopes: ['builds:read'],
    repoIds: [7],
    ranges: ['10.0.0.0/8'],
    rateLimit: 60,
    expires: 0,
    created: TEST_NOW,
    ...patch,
  };
}

function anEntry(patch: Partial<NewAuditEntry> = {}): NewAuditEntry {
  return {
    created: TEST_NOW,
    userId: 7,
    login: 'octocat',
    tokenId: 0,
    via: 'session',
    ip: '127.0.0.1',
    action: 'deleteToken',
    subject: 'tokens/2',
    status: 204,
    errorCode: '',
    requestId: 'id-1',
    ...patch,
  };
}
