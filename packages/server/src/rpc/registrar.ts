import type { Registrar } from '../store/runner-room.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

/** What the registry counts a caller for. Who is away for longer than any lease is lost. */
export function registrarOf(
  { nowMs, queue, settings }: Pick<RpcDeps, 'nowMs' | 'queue' | 'settings'>,
  { tokenId }: Pick<RpcCaller, 'tokenId'>,
): Registrar {
  const now = Math.floor(nowMs() / 1000);
  const leaseMs = Math.max(queue.leaseMs, settings.leaseMs);
  return { tokenId, now, seenSince: now - Math.ceil(leaseMs / 1000) };
}
