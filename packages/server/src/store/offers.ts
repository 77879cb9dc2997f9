import { sql } from 'kysely';
import { HAS_ROOM, lockBounds } from './claimable.ts';
import type { Db, Tx } from './db.ts';
import { type LeasedStage, toLeasedStage } from './stage-rows.ts';

/** Who accepts a stage. */
export interface Acceptance {
  /** The runner by its name in the registry, which holds the lease. */
  readonly holder: string;
  /** As it calls itself. */
  readonly machine: string;
  readonly nowMs: number;
  readonly expiresMs: number;
}

/** The offer becomes a lease, or a lease that was accepted before is accepted again: its version counts up. */
export async function acceptStage(tx: Tx, stageId: number, input: Acceptance): Promise<LeasedStage> {
  const row = await tx
    .updateTable('stages')
    .set({
      lease_runner: input.holder,
      lease_expires_ms: input.expiresMs,
      lease_kind: 'rpc',
      machine: input.machine,
      version: sql`version + 1`,
      updated: Math.floor(input.nowMs / 1000),
    })
    .where('id', '=', stageId)
    .returningAll()
    .executeTakeFirstOrThrow();
  return toLeasedStage(row);
}

/**
 * Offers one stage to a runner whose offer has ended before it accepted: `undefined` when it is not free any more or its
 * limits leave no room.
 */
export async function offerStage(
  tx: Tx,
  stageId: number,
  offer: { readonly holder: string; readonly expiresMs: number },
): Promise<LeasedStage | undefined> {
  await lockBounds(tx);
  const row = await tx
    .updateTable('stages')
    .set({
      lease_runner: offer.holder,
      lease_expires_ms: offer.expiresMs,
      lease_kind: 'rpc-offer',
      fence: sql`fence + 1`,
    })
    .where('id', '=', stageId)
    .where('status', '=', 'pending')
    .where('lease_runner', '=', '')
    .where(HAS_ROOM)
    .returningAll()
    .executeTakeFirst();
  return row && toLeasedStage(row);
}

/** Takes an offer back that nobody has accepted. False when it has been, or has ended. */
export async function withdrawOffer(
  db: Db,
  offer: { readonly stageId: number; readonly fence: number },
): Promise<boolean> {
  const result = await db
    .updateTable('stages')
    .set({ lease_runner: '', lease_expires_ms: 0, lease_kind: '' })
    .where('id', '=', offer.stageId)
    .where('fence', '=', offer.fence)
    .where('lease_kind', '=', 'rpc-offer')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The repositories that have stages in the queue. */
export async function listQueuedRepos(db: Db): Promise<
  readonly {
    readonly id: number;
    readonly namespace: string;
    readonly slug: string;
    readonly isTrusted: boolean;
  }[]
> {
  const rows = await db
    .selectFrom('stages')
    .innerJoin('repos', 'repos.id', 'stages.repo_id')
    .select(['repos.id', 'repos.namespace', 'repos.slug', 'repos.is_trusted'])
    .distinct()
    .where(sql<boolean>`stages.status = 'pending' and stages.lease_runner = ''`)
    .execute();
  return rows.map(({ is_trusted: isTrusted, ...repo }) => ({ ...repo, isTrusted: isTrusted === 1 }));
}
