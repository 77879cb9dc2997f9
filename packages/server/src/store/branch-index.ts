import type { Build } from '@sortie/core/build';
import { BUILD_LIST_COLUMNS, toListedBuild } from './build-rows.ts';
import type { Db, Tx } from './db.ts';

/** What the latest-build listings are keyed by (api-v1.md 3.4). */
export const INDEX_KINDS = ['branch', 'pull', 'deployment'] as const;
export type IndexKind = (typeof INDEX_KINDS)[number];

/** The build becomes the latest of its key. */
export async function upsertIndexEntry(
  tx: Tx,
  entry: {
    readonly repoId: number;
    readonly kind: IndexKind;
    readonly key: string;
    readonly buildId: number;
  },
): Promise<void> {
  await tx
    .insertInto('branch_index')
    .values({ repo_id: entry.repoId, kind: entry.kind, key: entry.key, build_id: entry.buildId })
    .onConflict((conflict) =>
      conflict.columns(['repo_id', 'kind', 'key']).doUpdateSet({ build_id: entry.buildId }),
    )
    .execute();
}

/** The latest build of each key, newest first; listed builds as in `listBuilds`. */
export async function listIndexedBuilds(db: Db, repoId: number, kind: IndexKind): Promise<readonly Build[]> {
  const rows = await db
    .selectFrom('builds')
    .select(BUILD_LIST_COLUMNS)
    .where('id', 'in', (eb) =>
      eb.selectFrom('branch_index').select('build_id').where('repo_id', '=', repoId).where('kind', '=', kind),
    )
    .orderBy('id', 'desc')
    .execute();
  return rows.map(toListedBuild);
}

/** The latest build of one key, as in `listIndexedBuilds`. */
export async function findIndexedBuild(
  db: Db,
  entry: { readonly repoId: number; readonly kind: IndexKind; readonly key: string },
): Promise<Build | undefined> {
  const row = await db
    .selectFrom('builds')
    .select(BUILD_LIST_COLUMNS)
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('branch_index')
        .select('build_id')
        .where('repo_id', '=', entry.repoId)
        .where('kind', '=', entry.kind)
        .where('key', '=', entry.key),
    )
    .executeTakeFirst();
  return row && toListedBuild(row);
}

/** Takes a key out of the listing; the build stays. False when the key was unknown. */
export async function removeIndexEntry(
  db: Db,
  entry: { readonly repoId: number; readonly kind: IndexKind; readonly key: string },
): Promise<boolean> {
  const result = await db
    .deleteFrom('branch_index')
    .where('repo_id', '=', entry.repoId)
    .where('kind', '=', entry.kind)
    .where('key', '=', entry.key)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}
