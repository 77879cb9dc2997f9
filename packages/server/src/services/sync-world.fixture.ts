import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ConnectionKind } from '@sortie/core/connection';
import { aBuildDraft, aUser, TEST_NOW } from '@sortie/testing/domain-builders';
import { insertBuild } from '../store/builds.ts';
import { type Db, inTransaction, openDatabase } from '../store/db.ts';
import { findRepoBySlug, listReposBySlug } from '../store/repos.ts';
import { findUserById, insertUser } from '../store/users.ts';
import type { Forge, ForgeRepo } from './forge.ts';
import { createRepoSync } from './sync-repos.ts';
import type { SyncRules } from './sync-rules.ts';

export const READ = { read: true, write: false, admin: false };
export const ALL = { read: true, write: true, admin: true };

/** A private repository of `octo`, as the service shows it to its administrator. */
export function found(name: string, patch: Partial<ForgeRepo> = {}): ForgeRepo {
  const namespace = patch.namespace ?? 'octo';
  return {
    uid: `uid-${name}`,
    namespace,
    name,
    httpUrl: `https://git/${namespace}/${name}.git`,
    sshUrl: '',
    link: `https://git/${namespace}/${name}`,
    defaultBranch: 'main',
    isPrivate: true,
    visibility: 'private',
    isArchived: false,
    permission: ALL,
    ...patch,
  };
}

interface Options {
  readonly isAuthoritative?: boolean;
  readonly kind?: ConnectionKind;
  readonly rules?: Partial<SyncRules>;
}

/** An account of a Git service that shows these repositories; the list may be changed, and the service may fail. */
export async function setup(t: TestContext, shown: ForgeRepo[], options: Options = {}) {
  const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  t.after(() => database.close());
  const { db } = database;
  const kind = options.kind ?? 'gogs';
  const connection = await db
    .insertInto('connections')
    .values({ kind, name: kind })
    .returning('id')
    .executeTakeFirstOrThrow();
  const connectionId = connection.id;
  const user = await insertUser(db, aUser({ connectionId }));
  const state = {
    now: TEST_NOW + 9,
    calls: 0,
    failure: undefined as Error | undefined,
    hidden: [] as ForgeRepo[],
    /** Runs while the list is read. */
    during: undefined as ((onSeen?: (count: number) => Promise<void>) => Promise<void>) | undefined,
    /** What every question for one repository is answered with. */
    refused: undefined as Error | undefined,
    /** Runs between the portions in which the list is written. */
    between: undefined as (() => Promise<void>) | undefined,
  };
  const forge: Forge = {
    isAuthoritative: options.isAuthoritative ?? false,
    async listRepos(_user, onSeen) {
      state.calls += 1;
      if (state.failure !== undefined) throw state.failure;
      await state.during?.(onSeen);
      return shown;
    },
    async findRepo(_user, slug) {
      if (state.refused !== undefined) throw state.refused;
      return [...shown, ...state.hidden].find((one) => `${one.namespace}/${one.name}` === slug);
    },
    installHook: async () => undefined,
    removeHook: async () => undefined,
    findAccount: async () => undefined,
  };
  const reports: string[] = [];
  const repoSync = createRepoSync({
    db,
    forgeOf: () => forge,
    now: () => state.now,
    rules: { namespaces: [], visibility: '', isTrusted: false, ...options.rules },
    reportFailure: (message) => void reports.push(message),
    pause: async () => state.between?.(),
  });
  const sync = () => repoSync.run(user);
  const slugs = async () => (await listReposBySlug(db, { page: 1, perPage: 99 })).map(({ slug }) => slug);
  const repoAt = async (slug: string) => {
    const repo = await findRepoBySlug(db, slug);
    assert.ok(repo, slug);
    return repo;
  };
  const account = async () => {
    const { isSyncing, synced, syncError = '' } = (await findUserById(db, user.id)) ?? user;
    return { isSyncing, synced, syncError };
  };
  return { db, user, connectionId, repoSync, sync, slugs, repoAt, account, shown, state, reports };
}

/** A finished build. */
export function insertBuildOf(db: Db, repoId: number) {
  const times = { started: 0, finished: 0, created: TEST_NOW, updated: TEST_NOW, enqueued: TEST_NOW };
  const state = { status: 'success', error: '', isCancelling: false } as const;
  return inTransaction(db, (tx) => insertBuild(tx, { ...aBuildDraft(), ...times, ...state, repoId }));
}

/** When the next synchronisation of the account is due; unix seconds. */
export function dueOf(db: Db, id: number): Promise<number> {
  const query = db.selectFrom('users').select('sync_due').where('id', '=', id);
  return query.executeTakeFirstOrThrow().then((row) => row.sync_due);
}
