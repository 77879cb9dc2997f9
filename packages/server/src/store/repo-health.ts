import type { Selectable } from 'kysely';
import type { Db } from './db.ts';
import { prepared, type ValueOf } from './prepared.ts';
import type { RepoHealthTable } from './tables-repos.ts';

/** What was seen last of the webhook at the Git service; empty = nobody has looked. */
export const HOOK_STATES = ['', 'present', 'missing', 'refused'] as const;
export type HookState = (typeof HOOK_STATES)[number];

/** A branch or tag that moved at the Git service without a delivery. */
export interface MissedRef {
  /** Full name. */
  readonly ref: string;
  /** Empty for one that is new. */
  readonly before: string;
  /** Empty for one that is gone. */
  readonly after: string;
  /** Unix seconds at which it was first noticed. */
  readonly since: number;
}

/** What is known of the way from the Git service to this server. Times are unix seconds, 0 = never. */
export interface RepoHealth {
  readonly hookState: HookState;
  /** Why the service refused; empty otherwise. */
  readonly hookMessage: string;
  /** Id of the webhook at the service; empty while there is none. */
  readonly hookId: string;
  readonly hookInstalled: number;
  readonly hookChecked: number;
  /** The last delivery with a right signature. */
  readonly lastDelivery: number;
  /** When the refs of the service were last compared. */
  readonly reconciled: number;
  readonly missed: readonly MissedRef[];
}

/** Of a repository that nothing is known of. */
export const UNKNOWN_HEALTH: RepoHealth = {
  hookState: '',
  hookMessage: '',
  hookId: '',
  hookInstalled: 0,
  hookChecked: 0,
  lastDelivery: 0,
  reconciled: 0,
  missed: [],
};

/** `UNKNOWN_HEALTH` where there is no row. */
export async function findRepoHealth(db: Db, repoId: number): Promise<RepoHealth> {
  const row = await db.selectFrom('repo_health').selectAll().where('repo_id', '=', repoId).executeTakeFirst();
  return row === undefined ? UNKNOWN_HEALTH : toHealth(row);
}

/** Stores what was seen of the webhook; what is absent stays as it is. */
export async function noteHook(
  db: Db,
  repoId: number,
  seen: Partial<Pick<RepoHealth, 'hookState' | 'hookMessage' | 'hookId' | 'hookInstalled' | 'hookChecked'>>,
): Promise<void> {
  const columns = {
    hook_state: seen.hookState,
    hook_message: seen.hookMessage,
    hook_id: seen.hookId,
    hook_installed: seen.hookInstalled,
    hook_checked: seen.hookChecked,
    // A hook that was made or written anew may sign in another way, or not at all.
    ...(seen.hookInstalled === undefined ? {} : { hook_scheme: '' }),
  };
  await db
    .insertInto('repo_health')
    .values({ repo_id: repoId, ...columns })
    .onConflict((conflict) => conflict.column('repo_id').doUpdateSet(columns))
    .execute();
}

/** True for the first one who asks since `before`; the others may go by what that one finds. Unix seconds. */
export async function claimHookCheck(
  db: Db,
  repoId: number,
  { now, before }: { readonly now: number; readonly before: number },
): Promise<boolean> {
  const result = await db
    .insertInto('repo_health')
    .values({ repo_id: repoId, hook_checked: now })
    .onConflict((conflict) =>
      conflict
        .column('repo_id')
        .doUpdateSet({ hook_checked: now })
        .where('repo_health.hook_checked', '<', before),
    )
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/**
 * The repository is activated anew: earlier deliveries prove nothing about its hook, and what moved while it was
 * inactive was not missed.
 */
export async function beginHealth(db: Db, repoId: number): Promise<void> {
  await db
    .updateTable('repo_health')
    .set({ last_delivery: 0, reconciled: 0, reconcile_due: 0, missed: '' })
    .where('repo_id', '=', repoId)
    .execute();
}

const upsertDelivery = prepared((db, value: ValueOf<{ repoId: number; now: number }>) =>
  db
    .insertInto('repo_health')
    .values({ repo_id: value('repoId'), last_delivery: value('now') })
    .onConflict((conflict) =>
      conflict
        .column('repo_id')
        .doUpdateSet({ last_delivery: value('now') })
        .where('repo_health.last_delivery', '<', value('now')),
    ),
);

/** A webhook with a right signature has arrived. Costs one write per second and repository at most. */
export async function noteDelivery(db: Db, repoId: number, now: number): Promise<void> {
  await upsertDelivery(db, { repoId, now });
}

/** The service signs its deliveries: from now on `findHookedRepo` says so, until the hook is installed anew. */
export async function noteSigning(db: Db, repoId: number): Promise<void> {
  await db
    .insertInto('repo_health')
    .values({ repo_id: repoId, hook_scheme: 'signed' })
    .onConflict((conflict) => conflict.column('repo_id').doUpdateSet({ hook_scheme: 'signed' }))
    .execute();
}

/** Stores the result of a comparison of refs. */
export async function noteReconciled(
  db: Db,
  repoId: number,
  { now, missed }: { readonly now: number; readonly missed: readonly MissedRef[] },
): Promise<void> {
  const columns = { reconciled: now, missed: missed.length === 0 ? '' : JSON.stringify(missed) };
  await db
    .insertInto('repo_health')
    .values({ repo_id: repoId, ...columns })
    .onConflict((conflict) => conflict.column('repo_id').doUpdateSet(columns))
    .execute();
}

function toHealth(row: Selectable<RepoHealthTable>): RepoHealth {
  return {
    hookState: HOOK_STATES.find((state) => state === row.hook_state) ?? '',
    hookMessage: row.hook_message,
    hookId: row.hook_id,
    hookInstalled: row.hook_installed,
    hookChecked: row.hook_checked,
    lastDelivery: row.last_delivery,
    reconciled: row.reconciled,
    missed: row.missed === '' ? [] : (JSON.parse(row.missed) as readonly MissedRef[]),
  };
}

/**
 * Active repositories whose refs are due for a comparison, the longest waiting first, each with the time it was due
 * at. Those of the built-in host, `builtinConnectionId`, need none.
 */
export async function listDueComparisons(
  db: Db,
  {
    now,
    builtinConnectionId,
    limit,
  }: { readonly now: number; readonly builtinConnectionId: number; readonly limit: number },
): Promise<readonly { readonly repoId: number; readonly due: number }[]> {
  const rows = await db
    .selectFrom('repos')
    .leftJoin('repo_health', 'repo_health.repo_id', 'repos.id')
    .select(['repos.id', 'repo_health.reconcile_due'])
    .where('repos.is_active', '=', 1)
    .where('repos.connection_id', '<>', builtinConnectionId)
    .where((eb) =>
      eb.or([eb('repo_health.reconcile_due', 'is', null), eb('repo_health.reconcile_due', '<=', now)]),
    )
    .orderBy('repo_health.reconcile_due')
    .orderBy('repos.id')
    .limit(limit)
    .execute();
  return rows.map(({ id, reconcile_due }) => ({ repoId: id, due: reconcile_due ?? 0 }));
}

/** True for the one server that takes the comparison upon itself; the next one is due at `next`. */
export async function claimComparison(
  db: Db,
  repoId: number,
  { due, next }: { readonly due: number; readonly next: number },
): Promise<boolean> {
  const result = await db
    .insertInto('repo_health')
    .values({ repo_id: repoId, reconcile_due: next })
    .onConflict((conflict) =>
      conflict
        .column('repo_id')
        .doUpdateSet({ reconcile_due: next })
        .where('repo_health.reconcile_due', '=', due),
    )
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}
