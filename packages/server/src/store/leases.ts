import type { Lease, RunnerIdentity } from '@sortie/core/runner';
import { sql } from 'kysely';
import { CLAIM_LOCK, findClaimable, isClaimable } from './claimable.ts';
import { type Db, locksRows, type Tx } from './db.ts';
import { type LeasedStage, toLeasedStage } from './stage-rows.ts';

export interface ClaimOptions {
  readonly nowMs: number;
  readonly expiresMs: number;
  /** An offer reserves the stage and changes nothing that others see; empty unless given. */
  readonly kind?: 'rpc-offer';
  /** The only repositories whose stages the runner may have; absent = all. */
  readonly repoIds?: readonly number[];
}

/**
 * Leases the pending stage that is next for this runner, or returns `undefined`: repositories and organisations take
 * turns, and in a repository the oldest comes first.
 */
export async function claimStage(
  tx: Tx,
  runner: RunnerIdentity,
  lease: ClaimOptions,
): Promise<LeasedStage | undefined> {
  const passed: number[] = [];
  for (;;) {
    const candidate = await findClaimable(tx, runner, { except: passed, repoIds: lease.repoIds });
    if (candidate === undefined) return undefined;
    if (await staysClaimable(tx, runner, candidate)) return take(tx, runner.name, candidate.id, lease);
    passed.push(candidate.id);
  }
}

/** Two servers may see room for one stage at once; those of limited repositories therefore look again in turn. */
async function staysClaimable(tx: Tx, runner: RunnerIdentity, stage: LeasedStage): Promise<boolean> {
  if (!locksRows(tx) || (stage.limit === 0 && stage.throttle === 0)) return true;
  await sql`select pg_advisory_xact_lock(${CLAIM_LOCK + stage.repoId})`.execute(tx);
  return isClaimable(tx, runner, stage.id);
}

async function take(tx: Tx, holder: string, id: number, lease: ClaimOptions): Promise<LeasedStage> {
  const isOffer = lease.kind === 'rpc-offer';
  const row = await tx
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
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return toLeasedStage(row);
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
