import type { Db, Tx } from './db.ts';

/** The last write of a runner that was applied to a stage or step, and what it was answered. */
export interface RpcReplay {
  /** `stage:7` or `step:101`. */
  readonly object: string;
  /** The version that the runner sent. */
  readonly versionIn: number;
  /** SHA-256 of token and body in hex. */
  readonly bodyHash: string;
  /** JSON. */
  readonly response: string;
  /** Unix seconds. */
  readonly created: number;
}

/** `undefined` unless exactly this write was the last one. */
export async function findReplay(
  db: Db,
  write: Pick<RpcReplay, 'object' | 'versionIn' | 'bodyHash'>,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('rpc_replays')
    .select('response')
    .where('object', '=', write.object)
    .where('version_in', '=', write.versionIn)
    .where('body_hash', '=', write.bodyHash)
    .executeTakeFirst();
  return row?.response;
}

/** Takes the place of the write before; in the transaction that applies it. */
export async function storeReplay(tx: Tx, replay: RpcReplay): Promise<void> {
  const columns = {
    version_in: replay.versionIn,
    body_hash: replay.bodyHash,
    response: replay.response,
    created: replay.created,
  };
  await tx
    .insertInto('rpc_replays')
    .values({ object: replay.object, ...columns })
    .onConflict((conflict) => conflict.column('object').doUpdateSet(columns))
    .execute();
}

/** Forgets writes before `time`, in unix seconds: nobody repeats them any more. */
export async function removeReplaysBefore(db: Db, time: number): Promise<void> {
  await db.deleteFrom('rpc_replays').where('created', '<', time).execute();
}
