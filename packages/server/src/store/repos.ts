import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { sql } from 'kysely';
import { findLatestBuildsOfRepos } from './builds.ts';
import type { Db } from './db.ts';
import { isHeldRight } from './held-rights.ts';
import { prepared, type ValueOf } from './prepared.ts';
import { toRepo, toRepoColumns } from './repo-rows.ts';

export type NewRepo = Omit<Repo, 'id' | 'counter' | 'version'>;
export type RepoPatch = Partial<Omit<Repo, 'id' | 'version'>>;

export async function findRepoById(db: Db, id: number): Promise<Repo | undefined> {
  const row = await db.selectFrom('repos').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toRepo(row);
}

const selectRepoBySlug = prepared((db, value: ValueOf<{ slug: string }>) =>
  db.selectFrom('repos').selectAll().where('slug', '=', value('slug')),
);

/** `slug` is `namespace/name`, compared exactly. */
export async function findRepoBySlug(db: Db, slug: string): Promise<Repo | undefined> {
  const [row] = await selectRepoBySlug(db, { slug });
  return row && toRepo(row);
}

export async function findRepoByUid(db: Db, connectionId: number, uid: string): Promise<Repo | undefined> {
  const row = await db
    .selectFrom('repos')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('uid', '=', uid)
    .executeTakeFirst();
  return row && toRepo(row);
}

/** Fails with a duplicate key (`isDuplicateKey`) when the slug or the uid is taken. */
export async function insertRepo(db: Db, repo: NewRepo): Promise<Repo> {
  return toRepo(
    await db
      .insertInto('repos')
      .values({ ...toRepoColumns(repo), connection_id: repo.connectionId })
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
}

/**
 * The repository after the change, with its version counted up; `undefined` when it does not exist. Throws
 * `conflict` when `expected.version` is given and somebody else was faster.
 */
export async function updateRepo(
  db: Db,
  id: number,
  patch: RepoPatch,
  expected: { readonly version?: number } = {},
): Promise<Repo | undefined> {
  const row = await db
    .updateTable('repos')
    .set({ ...toRepoColumns(patch), version: sql`version + 1` })
    .where('id', '=', id)
    .$if(expected.version !== undefined, (query) => query.where('version', '=', expected.version ?? 0))
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) return toRepo(row);
  if (expected.version === undefined || (await findRepoById(db, id)) === undefined) return undefined;
  throw new AppError('conflict', 'Somebody else changed the repository at the same time.', {
    hint: 'Load it again and repeat the change.',
  });
}

/**
 * Gives the repositories of the built-in host the address that the server has now; runners clone from it. Returns
 * how many had another one. `publicUrl` is without a trailing slash.
 */
export async function readdressRepos(db: Db, connectionId: number, publicUrl: string): Promise<number> {
  const base = sql`cast(${publicUrl} as text)`;
  const httpUrl = sql<string>`${base} || '/git/' || slug || '.git'`;
  const result = await db
    .updateTable('repos')
    .set({ http_url: httpUrl, link: sql<string>`${base} || '/' || slug`, version: sql`version + 1` })
    .where('connection_id', '=', connectionId)
    .where('http_url', '<>', httpUrl)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** The highest number that a build of the repository has; 0 without builds. */
export async function highestBuildNumber(db: Db, repoId: number): Promise<number> {
  const row = await db
    .selectFrom('builds')
    .select((eb) => eb.fn.max('number').as('number'))
    .where('repo_id', '=', repoId)
    .executeTakeFirst();
  return Number(row?.number ?? 0);
}

/** Ids of the builds of one repository that have not ended, oldest first. */
export async function listOpenBuildIdsOfRepo(db: Db, repoId: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('builds')
    .select('id')
    .where(sql<boolean>`(status in ('pending', 'running') or is_cancelling = 1)`)
    .where('repo_id', '=', repoId)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Removes the repository with everything that the database keeps of it: builds, stages, steps, cards, secrets, cron
 * jobs, permissions, deliveries, events. Log files and Git data are the caller's. False when it did not exist.
 */
export async function removeRepo(db: Db, id: number): Promise<boolean> {
  await db.deleteFrom('events').where('repo_id', '=', id).execute();
  const result = await db.deleteFrom('repos').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** One page of all repositories by id; `after` is the last id of the page before. */
export async function listRepos(
  db: Db,
  page: { readonly after?: number; readonly limit: number },
): Promise<readonly Repo[]> {
  const rows = await db
    .selectFrom('repos')
    .selectAll()
    .where('id', '>', page.after ?? 0)
    .orderBy('id')
    .limit(page.limit)
    .execute();
  return rows.map(toRepo);
}

/** Page `page` (from 1) of all repositories by slug, as `GET /api/repos` counts them. */
export async function listReposBySlug(
  db: Db,
  page: { readonly page: number; readonly perPage: number },
): Promise<readonly Repo[]> {
  const rows = await db
    .selectFrom('repos')
    .selectAll()
    .orderBy('slug')
    .limit(page.perPage)
    .offset((page.page - 1) * page.perPage)
    .execute();
  return rows.map(toRepo);
}

export interface RepoWithBuild {
  readonly repo: Repo;
  /** The newest build, when it was asked for and there is one. */
  readonly build: Build | undefined;
}

/**
 * The repositories that an account has a permission row for that counts (`isHeldRight`), by slug, and those of the built-in
 * host that it owns. Who owns one of a Git service may have lost access to it there.
 */
export async function listReposOfUser(
  db: Db,
  userId: number,
  options: { readonly latest?: boolean } = {},
): Promise<readonly RepoWithBuild[]> {
  const rows = await db
    .selectFrom('repos')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb.and([
          eb('user_id', '=', userId),
          eb('connection_id', 'in', eb.selectFrom('connections').select('id').where('kind', '=', 'builtin')),
        ]),
        eb.exists(
          eb
            .selectFrom('permissions')
            .select('repo_id')
            .whereRef('permissions.repo_id', '=', 'repos.id')
            .where('permissions.user_id', '=', userId)
            .where(isHeldRight()),
        ),
      ]),
    )
    .orderBy('slug')
    .execute();
  const repos = rows.map(toRepo);
  const ids = options.latest === true ? repos.map((repo) => repo.id) : [];
  const builds = await findLatestBuildsOfRepos(db, ids);
  return repos.map((repo) => ({ repo, build: builds.get(repo.id) }));
}

/** Active repositories of other connections than one, by slug. */
export async function listActiveRepos(
  db: Db,
  { exceptConnectionId, limit }: { readonly exceptConnectionId: number; readonly limit: number },
): Promise<readonly Repo[]> {
  const rows = await db
    .selectFrom('repos')
    .selectAll()
    .where('is_active', '=', 1)
    .where('connection_id', '<>', exceptConnectionId)
    .orderBy('slug')
    .limit(limit)
    .execute();
  return rows.map(toRepo);
}
