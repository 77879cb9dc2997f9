import type { Lease, RunnerIdentity } from '@sortie/core/runner';
import { sql } from 'kysely';
import { type Db, locksRows, type Tx } from './db.ts';
import { type LeasedStage, toLabelText, toLeasedStage } from './stage-rows.ts';

/** Base of the locks that claims for one limited repository take turns on; the repository's id is added. */
export const CLAIM_LOCK = 7_400_000_000_000;

export interface ClaimOptions {
  readonly nowMs: number;
  readonly expiresMs: number;
  /** An offer reserves the stage and changes nothing that others see; empty unless given. */
  readonly kind?: 'rpc-offer';
  /** The only repositories whose stages the runner may have; absent = all. */
  readonly repoIds?: readonly number[];
}

/**
 * Leases the oldest pending stage that this runner may have (api-v1.md 4.4), or `undefined`. A stage that
 * another transaction is just looking at is passed over.
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
  return (await findClaimable(tx, runner, { except: [], id: stage.id })) !== undefined;
}

async function findClaimable(
  tx: Tx,
  runner: RunnerIdentity,
  options: {
    readonly except: readonly number[];
    readonly id?: number;
    readonly repoIds?: readonly number[];
  },
): Promise<LeasedStage | undefined> {
  const { platform } = runner;
  const isBound = Object.values(platform).some((value) => value !== '');
  const row = await tx
    .selectFrom('stages')
    .selectAll()
    .where(sql<boolean>`status = 'pending' and lease_runner = ''`)
    .where('kind', '=', 'pipeline')
    .where('type', 'in', [...runner.types, ''])
    .where('labels', '=', toLabelText(runner.labels))
    .$if(isBound, (query) =>
      query
        .where('os', '=', platform.os)
        .where('arch', '=', platform.arch)
        .where('variant', 'in', ['', platform.variant])
        .where('os_version', 'in', ['', platform.version]),
    )
    .where(HAS_ROOM)
    .$if(options.except.length > 0, (query) => query.where('id', 'not in', [...options.except]))
    .$if(options.repoIds !== undefined, (query) => query.where('repo_id', 'in', [...(options.repoIds ?? [])]))
    .$if(options.id !== undefined, (query) => query.where('id', '=', options.id ?? 0))
    .orderBy('id')
    .limit(1)
    .$if(locksRows(tx), (query) => query.forUpdate().skipLocked())
    .executeTakeFirst();
  return row && toLeasedStage(row);
}

/**
 * A pipeline's own limit is first come, first served: older ones count although they wait. A repository's
 * throttle counts what runs or has been handed out, so that a stage no runner can take blocks nobody.
 */
export const HAS_ROOM = sql<boolean>`
  (stages.limit_count = 0 or stages.limit_count > (
    select count(*) from stages as other
    where other.status in ('pending', 'running')
      and other.repo_id = stages.repo_id and other.name = stages.name and other.id <> stages.id
      and (other.id < stages.id or other.status = 'running' or other.lease_runner <> '')))
  and (stages.throttle = 0 or stages.throttle > (
    select count(*) from stages as other
    where other.status in ('pending', 'running')
      and other.repo_id = stages.repo_id and other.id <> stages.id
      and (other.status = 'running' or other.lease_runner <> '')))`;

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
