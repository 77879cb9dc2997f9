import type { Build, BuildEvent } from '@sortie/core/build';
import type { Status } from '@sortie/core/status';
import { sql } from 'kysely';
import { BUILD_LIST_COLUMNS, toListedBuild } from './build-rows.ts';
import type { Db } from './db.ts';

export interface BuildSearch {
  readonly limit: number;
  /** Only builds with a smaller id. */
  readonly before: number | undefined;
  /** None is every status. */
  readonly statuses: readonly Status[];
  /** Beside `statuses`, unfinished builds of which a stage waits for an approval. */
  readonly isBlockedWanted: boolean;
  readonly events: readonly BuildEvent[];
  /** Unix seconds. */
  readonly createdBefore: number | undefined;
  /** Only builds of these repositories; at most 500. */
  readonly repoIds: readonly number[] | undefined;
}

const OPEN: ReadonlySet<Status> = new Set(['pending', 'running']);

/** Builds of all repositories, newest first; listed builds as in `listBuilds`. */
export async function searchBuilds(db: Db, search: BuildSearch): Promise<readonly Build[]> {
  const { before, createdBefore, events, repoIds, statuses, isBlockedWanted } = search;
  const isByStatus = statuses.length > 0 || isBlockedWanted;
  const isOpenOnly = isByStatus && statuses.every((status) => OPEN.has(status));
  const rows = await db
    .selectFrom('builds')
    .select(BUILD_LIST_COLUMNS)
    // In these words it is served by a partial index.
    .$if(isOpenOnly, (query) =>
      query.where(sql<boolean>`(status in ('pending', 'running') or is_cancelling = 1)`),
    )
    .$if(isByStatus, (query) =>
      query.where((eb) =>
        eb.or([
          ...(statuses.length > 0 ? [eb('status', 'in', [...statuses])] : []),
          ...(isBlockedWanted
            ? [
                eb.and([
                  eb('status', 'in', ['pending', 'running']),
                  eb.exists(
                    eb
                      .selectFrom('stages')
                      .select('stages.id')
                      .whereRef('stages.build_id', '=', 'builds.id')
                      .where('stages.status', '=', 'blocked'),
                  ),
                ]),
              ]
            : []),
        ]),
      ),
    )
    .$if(events.length > 0, (query) => query.where('event', 'in', [...events]))
    .$if(createdBefore !== undefined, (query) => query.where('created', '<', createdBefore ?? 0))
    .$if(repoIds !== undefined, (query) => query.where('repo_id', 'in', [...(repoIds ?? [])]))
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(search.limit)
    .execute();
  return rows.map(toListedBuild);
}
