import { type RawBuilder, type Selectable, sql } from 'kysely';
import { type Db, locksRows } from './db.ts';
import { KEEPS_PLAN } from './kept-plan.ts';
import { insertRpcLeases, type RpcLease } from './rpc-leases.ts';
import type { StagesTable } from './tables-builds.ts';

/** What the hand-outs of one claim have in common before anybody has accepted them. */
export type NewHandOut = Pick<RpcLease, 'tokenId' | 'runnerKey' | 'poller' | 'machine'>;

/** Runs an update that takes stages and returns them, and notes that each is handed out. Returns the stages. */
export async function takeHandingOut(
  db: Db,
  take: RawBuilder<Selectable<StagesTable>>,
  handOut: NewHandOut,
): Promise<readonly Selectable<StagesTable>[]> {
  if (locksRows(db)) return takeInOne(db, take, handOut);
  // SQLite changes one table in a statement, and nothing between two statements costs time there.
  const { rows } = await take.execute(db);
  const unaccepted = { acceptedMs: 0, signalMs: 0, watchMs: 0 };
  await insertRpcLeases(
    db,
    rows.map(({ id, fence, attempt }) => ({ stageId: id, fence, attempt, ...handOut, ...unaccepted })),
  );
  return rows;
}

async function takeInOne(
  db: Db,
  take: RawBuilder<Selectable<StagesTable>>,
  { tokenId, runnerKey, poller, machine }: NewHandOut,
): Promise<readonly Selectable<StagesTable>[]> {
  const { rows } = await sql<Selectable<StagesTable>>`${KEEPS_PLAN}
    with taken as (${take}),
    noted as (
      insert into rpc_leases (stage_id, fence, attempt, token_id, runner_key, poller, machine,
        accepted_ms, signal_ms, watch_ms)
      select id, fence, attempt, ${tokenId}::bigint, ${runnerKey}::text, ${poller}::text, ${machine}::text, 0, 0, 0
      from taken)
    select * from taken`.execute(db);
  return rows;
}
