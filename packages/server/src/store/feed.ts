import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import { BUILD_LIST_COLUMNS, toListedBuild } from './build-rows.ts';
import type { Db } from './db.ts';
import { toRepo } from './repo-rows.ts';

/** How many repositories one statement names; both databases limit the number of parameters. */
const IDS_PER_QUERY = 500;

/** The newest builds of these repositories, newest first; listed builds as in `listBuilds`. */
export async function listNewestBuilds(
  db: Db,
  repoIds: readonly number[],
  limit: number,
): Promise<readonly Build[]> {
  const found: Build[] = [];
  for (let from = 0; from < repoIds.length; from += IDS_PER_QUERY) {
    const rows = await db
      .selectFrom('builds')
      .select(BUILD_LIST_COLUMNS)
      .where('repo_id', 'in', repoIds.slice(from, from + IDS_PER_QUERY))
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    found.push(...rows.map(toListedBuild));
  }
  return found.sort((left, right) => right.id - left.id).slice(0, limit);
}

/** Pending and running builds of the whole server, by id; listed builds as in `listBuilds`. */
export async function listQueuedBuilds(
  db: Db,
): Promise<readonly { readonly repo: Repo; readonly build: Build }[]> {
  const queued = db.selectFrom('builds').where('status', 'in', ['pending', 'running']);
  const builds = await queued.select(BUILD_LIST_COLUMNS).orderBy('id').execute();
  const rows = await db.selectFrom('repos').selectAll().where('id', 'in', queued.select('repo_id')).execute();
  const repos = new Map(rows.map((row) => [row.id, toRepo(row)]));
  // One that began between the two questions is left for the next time.
  return builds.flatMap((row) => {
    const repo = repos.get(row.repo_id);
    return repo === undefined ? [] : [{ repo, build: toListedBuild(row) }];
  });
}

/** The greatest id of a build; 0 when there is none. */
export async function findNewestBuildId(db: Db): Promise<number> {
  const row = await db.selectFrom('builds').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return row?.id ?? 0;
}

/** The newest push to a branch; cron, deployments and pull requests do not count (api-legacy.md 3.4). */
export async function findLatestPush(db: Db, repoId: number, branch: string): Promise<Build | undefined> {
  const row = await db
    .selectFrom('builds')
    .select(BUILD_LIST_COLUMNS)
    .where('repo_id', '=', repoId)
    .where('ref', '=', `refs/heads/${branch}`)
    .where('event', '=', 'push')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && toListedBuild(row);
}
