import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import { sql } from 'kysely';
import { BUILD_LIST_COLUMNS, toListedBuild } from './build-rows.ts';
import type { Db } from './db.ts';
import { isHeldRight } from './held-rights.ts';
import { toRepo } from './repo-rows.ts';
import { toStage } from './stage-rows.ts';

/** A build with the repository that it belongs to; listed builds as in `listBuilds`. */
export interface BuildInRepo {
  readonly repo: Repo;
  readonly build: Build;
}

export interface OpenStage extends BuildInRepo {
  readonly stage: Stage;
}

/** How many ids one statement names; both databases limit the number of parameters. */
const IDS_PER_QUERY = 500;

/**
 * The newest builds, by id, of all repositories that the account may read by a row of its own, newest first. A
 * repository comes once per build. `repoIds` are the only ones looked at, where given.
 */
export async function listRecentBuilds(
  db: Db,
  userId: number,
  options: { readonly limit: number; readonly repoIds?: readonly number[] },
): Promise<readonly BuildInRepo[]> {
  const { limit, repoIds } = options;
  const newest = (await listNewestBuildIds(db, userId)).filter(
    (row) => repoIds?.includes(row.repoId) ?? true,
  );
  // No build of a further repository can be among the newest: each of these has a newer one.
  const candidates = newest.sort((left, right) => right.buildId - left.buildId).slice(0, limit);
  const ids = await listIdsOfRepos(
    db,
    candidates.map((row) => row.repoId),
    limit,
  );
  return withRepos(db, await listBuildsById(db, ids));
}

/** One look into the index of builds for each repository of the account, however many builds there are. */
async function listNewestBuildIds(
  db: Db,
  userId: number,
): Promise<{ readonly repoId: number; readonly buildId: number }[]> {
  const rows = await db
    .selectFrom('permissions')
    .innerJoin('repos', 'repos.id', 'permissions.repo_id')
    .select((eb) => [
      'permissions.repo_id',
      eb
        .selectFrom('builds')
        .select('builds.id')
        .whereRef('builds.repo_id', '=', 'permissions.repo_id')
        .orderBy('builds.id', 'desc')
        .limit(1)
        .as('newest'),
    ])
    .where('permissions.user_id', '=', userId)
    .where('permissions.can_read', '=', 1)
    .where(isHeldRight())
    .execute();
  return rows.flatMap((row) => (row.newest === null ? [] : [{ repoId: row.repo_id, buildId: row.newest }]));
}

/** Ids of the `limit` newest builds of these repositories together, newest first. */
async function listIdsOfRepos(db: Db, repoIds: readonly number[], limit: number): Promise<readonly number[]> {
  const newestOf = (repoId: number) =>
    db
      .selectFrom((eb) =>
        eb
          .selectFrom('builds')
          .select('id')
          .where('repo_id', '=', repoId)
          .orderBy('id', 'desc')
          .limit(limit)
          .as('newest'),
      )
      .select('newest.id');
  const [first, ...others] = repoIds;
  if (first === undefined) return [];
  const all = others.reduce((query, repoId) => query.unionAll(newestOf(repoId)), newestOf(first));
  const rows = await db
    .selectFrom(all.as('newest'))
    .select('newest.id')
    .orderBy('newest.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** The newest builds with a pending or running stage, newest first. */
export async function listIncompleteBuilds(db: Db, limit: number): Promise<readonly BuildInRepo[]> {
  const rows = await openStages(db).select('build_id').execute();
  const ids = [...new Set(rows.map((row) => row.build_id))].sort((left, right) => right - left);
  return withRepos(db, await listBuildsById(db, ids.slice(0, limit)));
}

/** Every pending or running stage, newest build first, in number order within a build. */
export async function listIncompleteStages(db: Db): Promise<readonly OpenStage[]> {
  const rows = await openStages(db).selectAll().execute();
  const stages = rows.map(toStage);
  const builds = await listBuildsById(db, [...new Set(stages.map((stage) => stage.buildId))]);
  const inRepos = await withRepos(db, builds);
  const byBuild = Map.groupBy(stages, (stage) => stage.buildId);
  return inRepos.flatMap((entry) => {
    const own = byBuild.get(entry.build.id) ?? [];
    return own.sort((left, right) => left.number - right.number).map((stage) => ({ ...entry, stage }));
  });
}

/**
 * Served by the partial index of the queue. In its order: asked to sort or group by build, SQLite would rather walk
 * through the stages of all builds there have ever been.
 */
function openStages(db: Db) {
  return db.selectFrom('stages').where(sql<boolean>`status in ('pending', 'running')`).orderBy('id');
}

async function listBuildsById(db: Db, ids: readonly number[]): Promise<readonly Build[]> {
  const builds: Build[] = [];
  for (let from = 0; from < ids.length; from += IDS_PER_QUERY) {
    const some = ids.slice(from, from + IDS_PER_QUERY);
    const rows = await db.selectFrom('builds').select(BUILD_LIST_COLUMNS).where('id', 'in', some).execute();
    builds.push(...rows.map(toListedBuild));
  }
  return builds.sort((left, right) => right.id - left.id);
}

async function withRepos(db: Db, builds: readonly Build[]): Promise<readonly BuildInRepo[]> {
  const ids = [...new Set(builds.map((build) => build.repoId))];
  const repos = new Map<number, Repo>();
  for (let from = 0; from < ids.length; from += IDS_PER_QUERY) {
    const some = ids.slice(from, from + IDS_PER_QUERY);
    const rows = await db.selectFrom('repos').selectAll().where('id', 'in', some).execute();
    for (const row of rows) repos.set(row.id, toRepo(row));
  }
  return builds.flatMap((build) => {
    const repo = repos.get(build.repoId);
    return repo === undefined ? [] : [{ repo, build }];
  });
}
