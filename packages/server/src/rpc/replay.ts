import { createHash } from 'node:crypto';
import type { Tx } from '../store/db.ts';
import { type RpcReplay, storeReplay } from '../store/rpc-replays.ts';
import type { RpcCaller } from './rpc-deps.ts';

/** A write of a runner, by which an exact repetition of it is known. */
export type Write = Pick<RpcReplay, 'object' | 'versionIn' | 'bodyHash'>;

export function writeOf(object: string, versionIn: number, caller: RpcCaller, body: Buffer): Write {
  const bodyHash = createHash('sha256').update(`${caller.tokenId}\n`).update(body).digest('hex');
  return { object, versionIn, bodyHash };
}

/** Keeps what the write is answered, in the transaction that applies it; returns the text. */
export async function keepAnswer(tx: Tx, write: Write, answer: object, now: number): Promise<string> {
  const response = JSON.stringify(answer);
  await storeReplay(tx, { ...write, response, created: now });
  return response;
}
