import { type Selectable, sql } from 'kysely';
import type { Db } from './db.ts';
import { givenRows } from './given-rows.ts';
import { type LeasedStage, toLeasedStage } from './stage-rows.ts';
import type { RpcLeasesTable } from './tables-runners.ts';

/** One hand-out of a stage to an official runner. Times are unix milliseconds, 0 when it has not happened. */
export interface RpcLease {
  readonly stageId: number;
  readonly fence: number;
  readonly attempt: number;
  /** 0 for the shared secret. */
  readonly tokenId: number;
  /** By what the calls of the runner are recognised: its token, with the address for the shared secret. */
  readonly runnerKey: string;
  /** The runner as long as it has not said its name: its key and what it asks for. */
  readonly poller: string;
  readonly machine: string;
  readonly acceptedMs: number;
  readonly signalMs: number;
  readonly watchMs: number;
}

export type RpcLeaseKey = Pick<RpcLease, 'stageId' | 'fence'>;

export function insertRpcLease(db: Db, lease: RpcLease): Promise<void> {
  return insertRpcLeases(db, [lease]);
}

const LEASE_COLUMNS = {
  stage_id: 'bigint',
  fence: 'bigint',
  attempt: 'bigint',
  token_id: 'bigint',
  runner_key: 'text',
  poller: 'text',
  machine: 'text',
  accepted_ms: 'bigint',
  signal_ms: 'bigint',
  watch_ms: 'bigint',
} as const;

export async function insertRpcLeases(db: Db, leases: readonly RpcLease[]): Promise<void> {
  if (leases.length === 0) return;
  const rows = leases.map((lease) => ({
    stage_id: lease.stageId,
    fence: lease.fence,
    attempt: lease.attempt,
    token_id: lease.tokenId,
    runner_key: lease.runnerKey,
    poller: lease.poller,
    machine: lease.machine,
    accepted_ms: lease.acceptedMs,
    signal_ms: lease.signalMs,
    watch_ms: lease.watchMs,
  }));
  const columns = sql.join(Object.keys(LEASE_COLUMNS).map((name) => sql.ref(name)));
  await sql`insert into rpc_leases (${columns}) ${givenRows(db, LEASE_COLUMNS, rows)}`.execute(db);
}

export async function findRpcLease(db: Db, key: RpcLeaseKey): Promise<RpcLease | undefined> {
  const row = await db
    .selectFrom('rpc_leases')
    .selectAll()
    .where('stage_id', '=', key.stageId)
    .where('fence', '=', key.fence)
    .executeTakeFirst();
  return row && toRpcLease(row);
}

/** Changes what the hand-out says; what the patch does not name stays. */
export async function updateRpcLease(
  db: Db,
  key: RpcLeaseKey,
  patch: Partial<Pick<RpcLease, 'runnerKey' | 'machine' | 'acceptedMs' | 'signalMs' | 'watchMs'>>,
): Promise<void> {
  await db
    .updateTable('rpc_leases')
    .set({
      runner_key: patch.runnerKey,
      machine: patch.machine,
      accepted_ms: patch.acceptedMs,
      signal_ms: patch.signalMs,
      watch_ms: patch.watchMs,
    })
    .where('stage_id', '=', key.stageId)
    .where('fence', '=', key.fence)
    .execute();
}

/** Whether a runner with this token has ever accepted a stage, and in which attempt of it. */
export async function findAcceptedAttempts(
  db: Db,
  stageId: number,
  tokenId: number,
): Promise<ReadonlySet<number>> {
  const rows = await db
    .selectFrom('rpc_leases')
    .select('attempt')
    .where('stage_id', '=', stageId)
    .where('token_id', '=', tokenId)
    .where('accepted_ms', '>', 0)
    .execute();
  return new Set(rows.map((row) => row.attempt));
}

/** A hand-out with its stage as it is now; it is current when the fences are equal. */
export interface HandedStage {
  readonly lease: RpcLease;
  readonly stage: LeasedStage;
}

/** What a runner has accepted of one build, newest signal first. */
export async function listHandedStages(
  db: Db,
  buildId: number,
  runner: { readonly tokenId: number; readonly runnerKey?: string },
): Promise<readonly HandedStage[]> {
  const rows = await db
    .selectFrom('rpc_leases')
    .innerJoin('stages', 'stages.id', 'rpc_leases.stage_id')
    .selectAll('stages')
    .select([
      'rpc_leases.fence as rpc_fence',
      'rpc_leases.attempt as rpc_attempt',
      'rpc_leases.token_id',
      'rpc_leases.runner_key',
      'rpc_leases.poller',
      'rpc_leases.machine as rpc_machine',
      'rpc_leases.accepted_ms',
      'rpc_leases.signal_ms',
      'rpc_leases.watch_ms',
    ])
    .where('stages.build_id', '=', buildId)
    .where('rpc_leases.token_id', '=', runner.tokenId)
    .where('rpc_leases.accepted_ms', '>', 0)
    .$if(runner.runnerKey !== undefined, (query) =>
      query.where('rpc_leases.runner_key', '=', runner.runnerKey ?? ''),
    )
    .orderBy('rpc_leases.signal_ms', 'desc')
    .execute();
  return rows.map((row) => ({
    stage: toLeasedStage(row),
    lease: toRpcLease({
      ...row,
      stage_id: row.id,
      fence: row.rpc_fence,
      attempt: row.rpc_attempt,
      machine: row.rpc_machine,
    }),
  }));
}

/** The names under which a poller has accepted stages since then, the one that did so last first. */
export async function listMachinesOf(db: Db, poller: string, sinceMs: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('rpc_leases')
    .select('machine')
    .where('poller', '=', poller)
    .where('accepted_ms', '>', sinceMs)
    .groupBy('machine')
    .orderBy((eb) => eb.fn.max('accepted_ms'), 'desc')
    .orderBy('machine')
    .execute();
  return rows.map((row) => row.machine);
}

/** When a runner was last heard, and when it last started; unix milliseconds. */
export interface RpcPeer {
  readonly pingMs: number;
  readonly signalMs: number;
}

/** Notes that a runner was heard; `isStart` when it has just started. */
export async function touchRpcPeer(db: Db, runnerKey: string, nowMs: number, isStart = false): Promise<void> {
  const columns = { signal_ms: nowMs, ...(isStart ? { ping_ms: nowMs } : {}) };
  await db
    .insertInto('rpc_peers')
    .values({ runner_key: runnerKey, ...columns })
    .onConflict((conflict) => conflict.column('runner_key').doUpdateSet(columns))
    .execute();
}

export async function findRpcPeer(db: Db, runnerKey: string): Promise<RpcPeer | undefined> {
  const row = await db
    .selectFrom('rpc_peers')
    .selectAll()
    .where('runner_key', '=', runnerKey)
    .executeTakeFirst();
  return row && { pingMs: row.ping_ms, signalMs: row.signal_ms };
}

/**
 * Lets the leases of runners end now that have started anew since they accepted and have not watched for so long.
 * Only for tokens of their own: behind the shared secret another runner may have started. Returns how many.
 */
export async function endLeasesOfRestarted(
  db: Db,
  input: { readonly nowMs: number; readonly silentMs: number },
): Promise<number> {
  const result = await db
    .updateTable('stages')
    .set({ lease_expires_ms: 0 })
    .where('lease_kind', '=', 'rpc')
    .where(sql<boolean>`lease_runner <> ''`)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('rpc_leases')
          .innerJoin('rpc_peers', 'rpc_peers.runner_key', 'rpc_leases.runner_key')
          .select('rpc_leases.stage_id')
          .whereRef('rpc_leases.stage_id', '=', 'stages.id')
          .whereRef('rpc_leases.fence', '=', 'stages.fence')
          .where('rpc_leases.token_id', '>', 0)
          .whereRef('rpc_peers.ping_ms', '>', 'rpc_leases.accepted_ms')
          .whereRef('rpc_peers.ping_ms', '>', 'rpc_leases.watch_ms')
          .whereRef('rpc_peers.ping_ms', '>', 'rpc_leases.signal_ms')
          .where('rpc_peers.ping_ms', '<=', input.nowMs - input.silentMs),
      ),
    )
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

function toRpcLease(row: Selectable<RpcLeasesTable>): RpcLease {
  return {
    stageId: row.stage_id,
    fence: row.fence,
    attempt: row.attempt,
    tokenId: row.token_id,
    runnerKey: row.runner_key,
    poller: row.poller,
    machine: row.machine,
    acceptedMs: row.accepted_ms,
    signalMs: row.signal_ms,
    watchMs: row.watch_ms,
  };
}
