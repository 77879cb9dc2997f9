import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Scope } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import { aRepo, aUser, TEST_KEY } from '@sortie/testing/domain-builders';
import { createRateLimiter } from '../auth/rate-limit.ts';
import { issueToken } from '../auth/tokens.ts';
import { chooseUserToken } from '../auth/user-token.ts';
import { createSealer } from '../seal/sealer.ts';
import { type Database, openDatabase } from '../store/db.ts';
import { upsertPermission } from '../store/permissions.ts';
import { findRepoBySlug, insertRepo } from '../store/repos.ts';
import { insertUser } from '../store/users.ts';
import { signCloneToken } from './clone-token.ts';
import {
  authenticateGit,
  authorizeGit,
  createGitRepo,
  type GitAccessDeps,
  type GitCaller,
} from './git-access.ts';

describe('access to the built-in host', () => {
  let database: Database;
  let deps: GitAccessDeps;
  let ada: User;
  const name = { namespace: 'ada', name: 'demo' };

  beforeEach(async () => {
    database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
    deps = {
      db: database.db,
      now: () => 1000,
      sealer: createSealer([TEST_KEY]),
      userTokenKey: async () => 'key',
      cloneKey: randomBytes(32),
      builtinConnectionId: 1,
      isPrivateMode: false,
      publicUrl: 'http://ci',
      newUid: () => randomBytes(16).toString('hex'),
    };
    ada = await insertUser(database.db, aUser({ login: 'ada' }));
  });
  afterEach(() => database.close());

  async function tokenOf(user: User, scopes: readonly Scope[] = ['all'], expires = 0): Promise<string> {
    const { text } = await issueToken(deps, { userId: user.id, name: 'test', scopes, expires });
    return text;
  }
  const as = (user: User, scopes: readonly Scope[] = ['all']): GitCaller => ({
    login: user.login,
    user,
    scopes,
  });

  it('is by token; the login may be left out but not be another one', async () => {
    const password = await tokenOf(ada);
    assert.equal((await authenticateGit(deps, { login: 'Ada', password }))?.login, 'ada');
    assert.equal((await authenticateGit(deps, { login: '', password }))?.login, 'ada');
    assert.equal(await authenticateGit(deps, { login: 'grace', password }), undefined);
    assert.equal(await authenticateGit(deps, { login: 'ada', password: 'wrong' }), undefined);
    assert.equal(
      await authenticateGit(deps, { login: 'ada', password: await tokenOf(ada, ['all'], 999) }),
      undefined,
    );
  });

  it('is by the old user token too, and never without the networks of a token', async () => {
    await chooseUserToken(deps, ada, 'correct-horse');
    assert.equal((await authenticateGit(deps, { login: 'ada', password: 'correct-horse' }))?.login, 'ada');
    const limits = { userId: ada.id, name: 'test', scopes: ['all'], expires: 0 } as const;
    const { text: password } = await issueToken(deps, { ...limits, ranges: ['10.0.0.0/8'] });
    const from = (address?: string) => authenticateGit(deps, { login: 'ada', password, address });
    assert.equal((await from('::ffff:10.1.2.3'))?.login, 'ada');
    for (const address of ['11.0.0.1', '', undefined])
      await assert.rejects(from(address), { code: 'token-range' });
  });

  it('ends for a while for an address that sends many wrong passwords', async () => {
    const now = () => 1000;
    deps = { ...deps, limiter: createRateLimiter({ now, requestsPerMinute: 0, failuresPerMinute: 2 }) };
    const from = (address: string, password: string) =>
      authenticateGit(deps, { login: 'ada', password, address });
    for (const wrong of ['a', 'b']) assert.equal(await from('10.0.0.1', wrong), undefined);
    const password = await tokenOf(ada);
    await assert.rejects(from('10.0.0.1', password), { code: 'rate-limited' });
    assert.equal((await from('10.0.0.2', password))?.login, 'ada');
  });

  it('is to the repositories of a restricted token only, and makes no others', async () => {
    const repo = { namespace: 'ada', userId: ada.id };
    const mine = await insertRepo(database.db, aRepo({ ...repo, name: 'demo' }));
    const other = await insertRepo(database.db, aRepo({ ...repo, name: 'other', visibility: 'public' }));
    const all = { read: true, write: true, admin: true, synced: 0 };
    for (const { id } of [mine, other])
      await upsertPermission(database.db, { userId: ada.id, repoId: id }, all);
    const limits = { userId: ada.id, name: 'test', scopes: ['all'], expires: 0 } as const;
    const { text: password } = await issueToken(deps, { ...limits, repoIds: [mine.id] });
    const caller = await authenticateGit(deps, { login: 'ada', password });
    const outcome = async (wanted: string, right: 'read' | 'write') =>
      (await authorizeGit(deps, caller, { namespace: 'ada', name: wanted }, right)).outcome;
    assert.equal(await outcome('demo', 'write'), 'ok');
    assert.equal(await outcome('other', 'read'), 'not-found');
    assert.equal(await outcome('new', 'write'), 'not-found');
  });

  it('is refused to an account that has been deactivated', async () => {
    const gone = await insertUser(database.db, aUser({ login: 'gone', isActive: false }));
    await assert.rejects(authenticateGit(deps, { login: 'gone', password: await tokenOf(gone) }), {
      code: 'account-inactive',
    });
  });

  it('needs the scope of the token, and names it', async () => {
    await assert.rejects(authorizeGit(deps, as(ada, ['git:read']), name, 'write'), {
      code: 'token-scope',
      message: /git:write/,
    });
    assert.deepEqual(await authorizeGit(deps, as(ada, ['git:write']), name, 'write'), { outcome: 'create' });
  });

  it('creates below one’s own name, elsewhere for administrators only, and never by a fetch', async () => {
    const root = await insertUser(database.db, aUser({ login: 'root', isAdmin: true }));
    const grace = await insertUser(database.db, aUser({ login: 'grace' }));
    assert.deepEqual(await authorizeGit(deps, as(ada), name, 'write'), { outcome: 'create' });
    assert.deepEqual(await authorizeGit(deps, as(root), name, 'write'), { outcome: 'create' });
    assert.deepEqual(await authorizeGit(deps, as(grace), name, 'write'), { outcome: 'not-found' });
    assert.deepEqual(await authorizeGit(deps, as(ada), name, 'read'), { outcome: 'not-found' });
    assert.deepEqual(await authorizeGit(deps, undefined, name, 'write'), { outcome: 'unauthorized' });
  });

  it('makes the repository private, active and its maker’s', async () => {
    const hosted = await createGitRepo(deps, as(ada), 'ada', 'demo');
    const repo = await findRepoBySlug(database.db, 'ada/demo');
    assert.deepEqual(
      [repo?.id, repo?.visibility, repo?.isActive, repo?.userId],
      [hosted.id, 'private', true, ada.id],
    );
    assert.equal((await authorizeGit(deps, as(ada), name, 'write')).outcome, 'ok');
  });

  it('[scm B3] of a reader is to read: a push is forbidden, not hidden', async () => {
    const repo = await insertRepo(database.db, aRepo({ ...name, namespace: 'ada' }));
    const grace = await insertUser(database.db, aUser({ login: 'grace' }));
    assert.deepEqual(await authorizeGit(deps, as(grace), name, 'read'), { outcome: 'not-found' });
    await upsertPermission(
      database.db,
      { userId: grace.id, repoId: repo.id },
      { read: true, write: false, admin: false, synced: 1 },
    );
    assert.equal((await authorizeGit(deps, as(grace), name, 'read')).outcome, 'ok');
    assert.deepEqual(await authorizeGit(deps, as(grace), name, 'write'), { outcome: 'forbidden' });
  });

  it('[scm B2] without credentials asks for some, for hidden and unknown repositories alike; public ones are open', async () => {
    await insertRepo(database.db, aRepo({ namespace: 'ada', name: 'demo' }));
    await insertRepo(database.db, aRepo({ namespace: 'ada', name: 'open', visibility: 'public' }));
    const open = { namespace: 'ada', name: 'open' };
    assert.deepEqual(await authorizeGit(deps, undefined, name, 'read'), { outcome: 'unauthorized' });
    assert.deepEqual(await authorizeGit(deps, undefined, { namespace: 'ada', name: 'none' }, 'read'), {
      outcome: 'unauthorized',
    });
    assert.equal((await authorizeGit(deps, undefined, open, 'read')).outcome, 'ok');
    assert.deepEqual(await authorizeGit(deps, undefined, open, 'write'), { outcome: 'unauthorized' });
    assert.deepEqual(await authorizeGit({ ...deps, isPrivateMode: true }, undefined, open, 'read'), {
      outcome: 'unauthorized',
    });
  });

  it('[scm B15] of a build is to read its own repository until its time is up', async () => {
    const repo = await insertRepo(database.db, aRepo({ namespace: 'ada', name: 'demo' }));
    await insertRepo(database.db, aRepo({ namespace: 'ada', name: 'other' }));
    const password = signCloneToken(deps.cloneKey, { repoId: repo.id, buildId: 1, expires: 1001 });
    const caller = await authenticateGit(deps, { login: 'ci', password });
    assert.equal((await authorizeGit(deps, caller, name, 'read')).outcome, 'ok');
    assert.deepEqual(await authorizeGit(deps, caller, name, 'write'), { outcome: 'forbidden' });
    assert.deepEqual(await authorizeGit(deps, caller, { namespace: 'ada', name: 'other' }, 'read'), {
      outcome: 'unauthorized',
    });
    assert.equal(await authenticateGit({ ...deps, now: () => 1001 }, { login: 'ci', password }), undefined);
  });
});
