import type { Lease, RunnerIdentity } from '@sortie/core/runner';
import { type Selectable, sql } from 'kysely';
import { type Claimable, type ClaimableOptions, findClaimable, lockBounds, stillDue } from './claimable.ts';
import { type Db, locksRows, type Tx } from './db.ts';
import { givenRows } from './given-rows.ts';
import { type NewHandOut, takeHandingOut } from './hand-outs.ts';
import { type LeasedStage, toLeasedStage } from './stage-rows.ts';
import type { StagesTable } from './tables-builds.ts';

export interface ClaimOptions {
  readonly nowMs: number;
  readonly expiresMs: number;
  /** An offer reserves the stage and changes nothing that others see; empty unless given. */
  readonly kind?: 'rpc-offer';
  /** The only repositories whose stages the runner may have; absent = all. */
  readonly repoIds?: readonly number[];
  /** Noted of each stage together with the claim; nothing unless given. */
  readonly handOut?: NewHandOut;
}

/** Leases the pending stage that is next for this runner (`findClaimable`), or returns `undefined`. */
export async function claimStage(
  tx: Tx,
  runner: RunnerIdentity,
  lease: ClaimOptions,
): Promise<LeasedStage | undefined> {
  const [stage] = await claimStages(tx, runner, { ...lease, count: 1 });
  return stage;
}

/** Leases so many pending stages to this runner at once, each as if those before had been leased; fewer when there are. */
export async function claimStages(
  tx: Tx,
  runner: RunnerIdentity,
  lease: ClaimOptions & { readonly count: number },
): Promise<readonly LeasedStage[]> {
  const claimed: LeasedStage[] = [];
  const except: number[] = [];
  for (;;) {
    const count = lease.count - claimed.length;
    if (count <= 0) return claimed;
    const wanted = { count, except, repoIds: lease.repoIds };
    const found = await findWithinBounds(tx, runner, wanted);
    if (found.length === 0) return claimed;
    const ids = found.map(({ id }) => id);
    const taken = await take(tx, runner.name, ids, { ...lease, count });
    claimed.push(...taken);
    const takenIds = new Set(taken.map(({ id }) => id));
    except.push(...ids.filter((id) => !takenIds.has(id)));
  }
}

/** Two servers may see room for one stage at once; whoever wants bounded ones therefore looks again in turn. */
async function findWithinBounds(
  tx: Tx,
  runner: RunnerIdentity,
  wanted: ClaimableOptions,
): Promise<readonly Claimable[]> {
  const found = await findClaimable(tx, runner, wanted);
  if (!locksRows(tx) || !found.some(({ isBounded }) => isBounded)) return found;
  await lockBounds(tx);
  return findClaimable(tx, runner, wanted);
}

const ID_COLUMN = { id: 'bigint' } as const;

/** As many of them as are wanted and nobody else is just taking; in the order of the ids. */
async function take(
  tx: Tx,
  holder: string,
  ids: readonly number[],
  lease: ClaimOptions & { readonly count: number },
): Promise<readonly LeasedStage[]> {
  const isOffer = lease.kind === 'rpc-offer';
  // As a list it is made once, whatever the plan.
  const isDue = locksRows(tx)
    ? sql<boolean>`id = any (array(${stillDue(ids, lease.count)}))`
    : sql<boolean>`id in (${givenRows(
        tx,
        ID_COLUMN,
        ids.map((id) => ({ id })),
      )})`;
  const update = tx
    .updateTable('stages')
    .set({
      lease_runner: holder,
      lease_expires_ms: lease.expiresMs,
      lease_kind: lease.kind ?? '',
      fence: sql`fence + 1`,
      ...(isOffer
        ? {}
        : { machine: holder, version: sql`version + 1`, updated: Math.floor(lease.nowMs / 1000) }),
    })
    .where(isDue)
    .returningAll();
  const rows =
    lease.handOut === undefined
      ? await update.execute()
      : await takeHandingOut(tx, sql<Selectable<StagesTable>>`${update}`, lease.handOut);
  const places = new Map(ids.map((id, place) => [id, place]));
  return rows
    .map(toLeasedStage)
    .sort((left, right) => (places.get(left.id) ?? 0) - (places.get(right.id) ?? 0));
}

/** The stage that the lease is about, while nobody else has been handed it; it may have ended already. */
export async function findStageOfLease(db: Db, lease: Lease): Promise<LeasedStage | undefined> {
  const row = await db
    .selectFrom('stages')
    .selectAll()
    .where('id', '=', lease.stageId)
    .where('attempt', '=', lease.attempt)
    .where('fence', '=', lease.fence)
    .executeTakeFirst();
  return row && toLeasedStage(row);
}

/** Extends a lease that is held and returns its stage; `undefined` when it is not. */
export async function extendLease(db: Db, lease: Lease, expiresMs: number): Promise<LeasedStage | undefined> {
  const row = await db
    .updateTable('stages')
    .set({ lease_expires_ms: expiresMs })
    .where('id', '=', lease.stageId)
    .where('attempt', '=', lease.attempt)
    .where('fence', '=', lease.fence)
    .where('lease_runner', '<>', '')
    .returningAll()
    .executeTakeFirst();
  return row && toLeasedStage(row);
}

/** The lease is given back by its holder: a repeat of its last report is still recognised. */
export async function clearLease(tx: Tx, stageId: number): Promise<void> {
  await tx
    .updateTable('stages')
    .set({ lease_runner: '', lease_expires_ms: 0, lease_kind: '' })
    .where('id', '=', stageId)
    .execute();
}

/** The lease is taken away: nothing that its former holder reports is accepted any more. */
export async function revokeLease(tx: Tx, stageId: number): Promise<void> {
  await tx
    .updateTable('stages')
    .set({ lease_runner: '', lease_expires_ms: 0, lease_kind: '', fence: sql`fence + 1` })
    .where('id', '=', stageId)
    .execute();
}

/** Stages whose lease ended before `nowMs`, longest ago first. */
export async function listExpiredLeases(
  db: Db,
  nowMs: number,
  limit: number,
): Promise<readonly LeasedStage[]> {
  const rows = await db
    .selectFrom('stages')
    .selectAll()
    .where(sql<boolean>`lease_runner <> ''`)
    .where('lease_expires_ms', '<', nowMs)
    .orderBy('lease_expires_ms')
    .limit(limit)
    .execute();
  return rows.map(toLeasedStage);
}

/**
 * Lets every lease of one runner end now: the process that held them is known to be gone. An official runner with the
 * same name, usually that of the machine, is another one.
 */
export async function expireLeasesOfRunner(db: Db, runner: string): Promise<number> {
  const result = await db
    .updateTable('stages')
    .set({ lease_expires_ms: 0 })
    .where(sql<boolean>`lease_runner <> ''`)
    .where('lease_runner', '=', runner)
    .where('lease_kind', '=', '')
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

export interface StepOfLease {
  readonly repoId: number;
  readonly buildId: number;
}

/** Where the log of a step lives, if the lease is held and the step is one of its stage's. One indexed look-up. */
export async function findStepOfLease(
  db: Db,
  lease: Lease,
  stepId: number,
): Promise<StepOfLease | undefined> {
  const row = await db
    .selectFrom('stages')
    .innerJoin('steps', (join) =>
      join.onRef('steps.stage_id', '=', 'stages.id').onRef('steps.attempt', '=', 'stages.attempt'),
    )
    .select(['stages.repo_id', 'stages.build_id'])
    .where('steps.id', '=', stepId)
    .where('stages.id', '=', lease.stageId)
    .where('stages.attempt', '=', lease.attempt)
    .where('stages.fence', '=', lease.fence)
    .where('stages.lease_runner', '<>', '')
    .executeTakeFirst();
  return row && { repoId: row.repo_id, buildId: row.build_id };
}
