import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { aRepo, aUser, TEST_NOW } from '@sortie/testing/domain-builders';
import { ensureConnection } from '../store/connections.ts';
import { openDatabase } from '../store/db.ts';
import { upsertPermission } from '../store/permissions.ts';
import { insertRepo } from '../store/repos.ts';
import { insertUser } from '../store/users.ts';
import { createRepoPermissions } from './repo-permission.ts';

const READ = { read: true, write: false, admin: false };
const ALL = { read: true, write: true, admin: true };

/** What is done with a token, with a driver that knows no more than this. */
type UseToken = (token: unknown, service: unknown) => Promise<unknown>;

/** An account with all rights to a private repository, two hours old, and a service that answers as `state.use` does. */
async function setup(t: TestContext) {
  const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  t.after(() => database.close());
  const { db } = database;
  const { id: connectionId } = await ensureConnection(db, { kind: 'gogs', name: 'gogs', url: '' });
  const user = await insertUser(db, aUser({ connectionId }));
  const repo = await insertRepo(db, aRepo({ connectionId, uid: '7' }));
  await upsertPermission(db, { userId: user.id, repoId: repo.id }, { ...ALL, synced: TEST_NOW });
  const lost: string[] = [];
  const use = async (_: UseToken): Promise<unknown> => ALL;
  const state = { now: TEST_NOW + 7200, calls: 0, lost, use };
  const { find } = createRepoPermissions({
    db,
    services: { find: () => undefined },
    broker: {
      async use<Result>(_: unknown, call: unknown) {
        state.calls += 1;
        return (await state.use(call as UseToken)) as Result;
      },
    },
    now: () => state.now,
    background: () => undefined,
    onLost: ({ login }) => lost.push(login),
    patienceMs: 1,
  });
  return { state, ask: (rule: 'repo:read' | 'repo:write') => find({ user, repo, rule }) };
}

test('a reader does not wait for a service that takes its time, and shares the question with the next one', async (t) => {
  const { state, ask } = await setup(t);
  const { promise, resolve } = Promise.withResolvers<unknown>();
  state.use = () => promise;
  assert.deepEqual(await ask('repo:read'), READ);
  assert.deepEqual(await ask('repo:read'), READ);
  assert.equal(state.calls, 1);
  const writing = ask('repo:write');
  resolve(ALL);
  assert.deepEqual(await writing, { ...ALL, synced: state.now });
  assert.deepEqual(await ask('repo:read'), { ...ALL, synced: state.now });
});

test('for a moment after a failure readers are not kept waiting again, writers always ask', async (t) => {
  const { state, ask } = await setup(t);
  state.use = async () => {
    throw new AppError('service-unavailable', 'Gogs does not answer.');
  };
  assert.deepEqual(await ask('repo:read'), READ);
  assert.deepEqual(await ask('repo:read'), READ);
  assert.equal(state.calls, 1);
  await assert.rejects(ask('repo:write'), { code: 'service-unavailable' });
  assert.equal(state.calls, 2);
  state.now += 15;
  state.use = async () => ALL;
  assert.deepEqual(await ask('repo:read'), { ...ALL, synced: state.now });
});

test('a failure of our own is no outage', async (t) => {
  const { state, ask } = await setup(t);
  state.use = async () => {
    throw new TypeError('inside');
  };
  await assert.rejects(ask('repo:read'), TypeError);
  await assert.rejects(ask('repo:write'), TypeError);
});

test('[scm S2] a service that shows the repository under a new name is asked for its repositories again', async (t) => {
  const { state, ask } = await setup(t);
  const driver = (slug: string) => ({
    supports: () => true,
    findRepo: async () => ({ uid: '7', slug, perm: ALL }),
  });
  state.use = (call) => call({}, { driver: driver('octocat/hello') });
  await ask('repo:write');
  assert.deepEqual(state.lost, []);
  state.now += 61;
  state.use = (call) => call({}, { driver: driver('octocat/renamed') });
  assert.deepEqual(await ask('repo:write'), { ...ALL, synced: state.now });
  assert.deepEqual(state.lost, ['octocat']);
});
