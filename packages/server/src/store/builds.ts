import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import { sql } from 'kysely';
import { BUILD_LIST_COLUMNS, toBuild, toBuildColumns, toListedBuild } from './build-rows.ts';
import { type Db, locksRows, type Tx } from './db.ts';
import { prepared, type ValueOf } from './prepared.ts';

export type NewBuild = Omit<Build, 'id' | 'number' | 'version' | 'sequence'>;
export type BuildPatch = Partial<Omit<Build, 'id' | 'repoId' | 'number' | 'version' | 'sequence'>>;

/** How many repositories one statement names; both databases limit the number of parameters. */
const IDS_PER_QUERY = 500;

/** Writes a build under the next number of its repository. Throws `not-found` when the repository is gone. */
export async function insertBuild(tx: Tx, draft: NewBuild): Promise<Build> {
  const number = await takeBuildNumber(tx, draft.repoId);
  return toBuild(
    await tx
      .insertInto('builds')
      .values({ ...toBuildColumns(draft), repo_id: draft.repoId, number })
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
}

const selectBuild = prepared((db, value: ValueOf<{ repoId: number; number: number }>) =>
  db
    .selectFrom('builds')
    .selectAll()
    .where('repo_id', '=', value('repoId'))
    .where('number', '=', value('number')),
);

export async function findBuild(db: Db, repoId: number, number: number): Promise<Build | undefined> {
  const [row] = await selectBuild(db, { repoId, number });
  return row && toBuild(row);
}

export async function findBuildById(db: Db, id: number): Promise<Build | undefined> {
  const row = await db.selectFrom('builds').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toBuild(row);
}

/**
 * Like `findBuildById`, and keeps every other transaction that advances the build waiting. Always the first row
 * that such a transaction locks, so that two of them cannot block each other.
 */
export async function lockBuild(tx: Tx, id: number): Promise<Build | undefined> {
  const row = await tx
    .selectFrom('builds')
    .selectAll()
    .where('id', '=', id)
    .$if(locksRows(tx), (query) => query.forUpdate())
    .executeTakeFirst();
  return row && toBuild(row);
}

export interface BuildListOptions {
  readonly limit: number;
  readonly offset?: number;
  /** Only builds with a smaller number: the keyset way to the next page. */
  readonly before?: number;
  /** Exactly `refs/heads/<branch>`; wins over `tag`. */
  readonly branch?: string;
  readonly tag?: string;
}

const selectBuilds = prepared((db, value: ValueOf<{ repoId: number; limit: number; offset: number }>) =>
  db
    .selectFrom('builds')
    .select(BUILD_LIST_COLUMNS)
    .where('repo_id', '=', value('repoId'))
    .orderBy('id', 'desc')
    .limit(value('limit'))
    .offset(value('offset')),
);

/** Newest first. `config` and `findings` are empty in lists: they are large and nobody lists them. */
export async function listBuilds(
  db: Db,
  repoId: number,
  options: BuildListOptions,
): Promise<readonly Build[]> {
  const { limit, before, offset = 0 } = options;
  const ref = refOf(options);
  if (ref === undefined && before === undefined) {
    return (await selectBuilds(db, { repoId, limit, offset })).map(toListedBuild);
  }
  const rows = await db
    .selectFrom('builds')
    .select(BUILD_LIST_COLUMNS)
    .where('repo_id', '=', repoId)
    .$if(ref !== undefined, (query) => query.where('ref', '=', ref ?? ''))
    .$if(before !== undefined, (query) => query.where('number', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map(toListedBuild);
}

function refOf({ branch, tag }: BuildListOptions): string | undefined {
  if (branch !== undefined) return `refs/heads/${branch}`;
  return tag === undefined ? undefined : `refs/tags/${tag}`;
}

/** The build with the greatest id among those of exactly this ref, whatever its event (api-v1.md 1.9 a). */
export async function findLatestBuild(db: Db, repoId: number, ref: string): Promise<Build | undefined> {
  const row = await db
    .selectFrom('builds')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('ref', '=', ref)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && toBuild(row);
}

/** The newest build of each repository, by repository id; listed builds as in `listBuilds`. */
export async function findLatestBuildsOfRepos(
  db: Db,
  repoIds: readonly number[],
): Promise<ReadonlyMap<number, Build>> {
  const found = new Map<number, Build>();
  for (let from = 0; from < repoIds.length; from += IDS_PER_QUERY) {
    const rows = await db
      .selectFrom('builds')
      .select(BUILD_LIST_COLUMNS)
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('repos')
          .select((repo) =>
            repo
              .selectFrom('builds as newest')
              .select('newest.id')
              .whereRef('newest.repo_id', '=', 'repos.id')
              .orderBy('newest.id', 'desc')
              .limit(1)
              .as('build_id'),
          )
          .where('repos.id', 'in', repoIds.slice(from, from + IDS_PER_QUERY)),
      )
      .execute();
    for (const row of rows) found.set(row.repo_id, toListedBuild(row));
  }
  return found;
}

/**
 * Changes a build and counts its version up. Throws `conflict` when the version is not the given one; inside a
 * transaction that holds `lockBuild` that cannot happen.
 */
export async function updateBuild(
  tx: Tx,
  id: number,
  patch: BuildPatch,
  expected: { readonly version: number },
): Promise<Build> {
  const row = await tx
    .updateTable('builds')
    .set({ ...toBuildColumns(patch), version: sql`version + 1` })
    .where('id', '=', id)
    .where('version', '=', expected.version)
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) return toBuild(row);
  throw new AppError('conflict', 'Somebody else changed the build at the same time.', {
    hint: 'Load it again and repeat the change.',
  });
}

/** Ids of unfinished builds after `after`, oldest first; served by a partial index. */
export async function listOpenBuildIds(
  db: Db,
  page: { readonly after?: number; readonly limit: number },
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('builds')
    .select('id')
    .where(sql<boolean>`(status in ('pending', 'running') or is_cancelling = 1)`)
    .where('id', '>', page.after ?? 0)
    .orderBy('id')
    .limit(page.limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Unfinished builds of one repository, event and ref below `number`: what auto-cancel looks at. */
export async function listSupersededBuilds(
  db: Db,
  newer: Pick<Build, 'repoId' | 'event' | 'ref' | 'number'> & Partial<Pick<Build, 'sourceRepo'>>,
  options: { readonly isRunningIncluded: boolean },
): Promise<readonly Build[]> {
  const rows = await db
    .selectFrom('builds')
    .select(BUILD_LIST_COLUMNS)
    .where('repo_id', '=', newer.repoId)
    .where('ref', '=', newer.ref)
    .where('event', '=', newer.event)
    // Where pull requests have no refs, two forks may use the same one.
    .$if(newer.sourceRepo !== undefined, (query) => query.where('source_repo', '=', newer.sourceRepo ?? ''))
    .where('number', '<', newer.number)
    .where('status', 'in', options.isRunningIncluded ? ['pending', 'running'] : ['pending'])
    .orderBy('id')
    .execute();
  return rows.map(toListedBuild);
}

/** Takes the next build number. The version stays, so that saved settings never collide with builds. */
async function takeBuildNumber(tx: Tx, repoId: number): Promise<number> {
  const row = await tx
    .updateTable('repos')
    .set({ counter: sql`counter + 1` })
    .where('id', '=', repoId)
    .returning('counter')
    .executeTakeFirst();
  if (row === undefined)
    throw new AppError('not-found', 'The repository has been removed.', {
      hint: 'Synchronise the repositories of the account to see what is there.',
    });
  return row.counter;
}
