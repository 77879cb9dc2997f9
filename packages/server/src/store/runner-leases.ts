import type { Lease } from '@sortie/core/runner';
import { sql } from 'kysely';
import type { Db, Tx } from './db.ts';
import { type LeasedStage, toLeasedStage } from './stage-rows.ts';

/**
 * A runner of ours takes the stage that it was sent: from now on it holds it. `undefined` when the offer has ended or
 * the stage is over.
 */
export async function confirmOffer(
  tx: Tx,
  lease: Lease,
  input: { readonly machine: string; readonly nowMs: number; readonly expiresMs: number },
): Promise<LeasedStage | undefined> {
  const row = await tx
    .updateTable('stages')
    .set({
      lease_kind: 'runner',
      lease_expires_ms: input.expiresMs,
      machine: input.machine,
      version: sql`version + 1`,
      updated: Math.floor(input.nowMs / 1000),
    })
    .where('id', '=', lease.stageId)
    .where('attempt', '=', lease.attempt)
    .where('fence', '=', lease.fence)
    .where('lease_kind', '=', 'rpc-offer')
    .where('status', '=', 'pending')
    .returningAll()
    .executeTakeFirst();
  return row && toLeasedStage(row);
}

/**
 * Lets the leases of one runner of ours end now that its new process does not name: they went with an earlier one.
 * Returns how many.
 */
export async function endForgottenLeases(
  db: Db,
  runner: { readonly tokenId: number; readonly runnerKey: string; readonly held: readonly Lease[] },
): Promise<number> {
  const heldFences = new Map(runner.held.map((lease) => [lease.stageId, lease.fence]));
  const rows = await db
    .selectFrom('stages')
    .innerJoin('rpc_leases', (join) =>
      join.onRef('rpc_leases.stage_id', '=', 'stages.id').onRef('rpc_leases.fence', '=', 'stages.fence'),
    )
    .select(['stages.id', 'stages.fence'])
    .where(sql<boolean>`stages.lease_runner <> ''`)
    .where('stages.lease_kind', 'in', ['runner', 'rpc-offer'])
    .where('rpc_leases.token_id', '=', runner.tokenId)
    .where('rpc_leases.runner_key', '=', runner.runnerKey)
    .execute();
  const forgotten = rows.filter((row) => heldFences.get(row.id) !== row.fence);
  for (const { id, fence } of forgotten) {
    await db
      .updateTable('stages')
      .set({ lease_expires_ms: 0 })
      .where('id', '=', id)
      .where('fence', '=', fence)
      .where(sql<boolean>`lease_runner <> ''`)
      .execute();
  }
  return forgotten.length;
}

/** Who holds a lease: an official runner, one of ours elsewhere, or the one inside the server. */
export type HeldKind = 'rpc' | 'runner' | '';

/**
 * While no server was there nobody could say a word: runners elsewhere get until then to be heard again, official ones
 * (`rpc`) or ours. Leases that were ended on purpose stay ended. Returns how many have been given more time.
 */
export async function extendLeasesOverOutage(db: Db, kind: HeldKind, untilMs: number): Promise<number> {
  const result = await db
    .updateTable('stages')
    .set({ lease_expires_ms: untilMs })
    .where(sql<boolean>`lease_runner <> ''`)
    .where('lease_kind', '=', kind)
    .where('lease_expires_ms', '>', 0)
    .where('lease_expires_ms', '<', untilMs)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** No hand-out of this kind lasts longer than until then: the clock by which it ended later was put back. Returns how many did. */
export async function shortenLeases(db: Db, kind: HeldKind | 'rpc-offer', untilMs: number): Promise<number> {
  const result = await db
    .updateTable('stages')
    .set({ lease_expires_ms: untilMs })
    .where(sql<boolean>`lease_runner <> ''`)
    .where('lease_kind', '=', kind)
    .where('lease_expires_ms', '>', untilMs)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** When the last hand-out ends, in unix milliseconds; 0 without one. */
export async function findLatestExpiry(db: Db): Promise<number> {
  const row = await db
    .selectFrom('stages')
    .select('lease_expires_ms')
    .where(sql<boolean>`lease_runner <> ''`)
    .orderBy('lease_expires_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.lease_expires_ms ?? 0;
}
