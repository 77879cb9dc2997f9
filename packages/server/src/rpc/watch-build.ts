import { AppError } from '@sortie/core/errors';
import { isDone } from '@sortie/core/status';
import { findBuildById } from '../store/builds.ts';
import type { Db } from '../store/db.ts';
import { extendLease } from '../store/leases.ts';
import { type HandedStage, listHandedStages, updateRpcLease } from '../store/rpc-leases.ts';
import { leaseOf } from './held-stage.ts';
import type { Registry } from './registry.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

type WatchDeps = Pick<RpcDeps, 'db' | 'queue' | 'nowMs' | 'settings' | 'sharedPollMs'> & {
  readonly registry: Registry;
};

/** While a watch is open its stages are renewed so often. */
const RENEW_MS = 30_000;

/** `stop`: there is nothing left to do for the runner in this build. */
export type WatchResult = 'stop' | 'timeout';

export type WatchBuild = (caller: RpcCaller, buildId: number, signal: AbortSignal) => Promise<WatchResult>;

/**
 * Waits until a build has ended or has been cancelled, or all that the caller has accepted of it has (W10). What the
 * database says counts, so that nothing is missed between two watches. An open watch is the heartbeat of a running
 * stage. Throws `not-found` when the caller has never accepted a stage of the build.
 */
export function createWatchBuild(deps: WatchDeps): WatchBuild {
  const open = new Map<string, number>();
  return async (caller, buildId, signal) => {
    const subject = `${buildId} ${caller.key}`;
    open.set(subject, (open.get(subject) ?? 0) + 1);
    try {
      return await watch(deps, { caller, buildId, signal, countOpen: () => open.get(subject) ?? 1 });
    } finally {
      const left = (open.get(subject) ?? 1) - 1;
      if (left === 0) open.delete(subject);
      else open.set(subject, left);
    }
  };
}

interface Watch {
  readonly caller: RpcCaller;
  readonly buildId: number;
  readonly signal: AbortSignal;
  /** How many watches of this build the caller has open. */
  readonly countOpen: () => number;
}

async function watch(deps: WatchDeps, input: Watch): Promise<WatchResult> {
  const { stops } = deps.queue;
  const deadline = performance.now() + deps.settings.watchMs;
  let renewAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const since = stops.version;
    const live = await listLive(deps.db, input);
    if (live.length === 0) return 'stop';
    const time = performance.now();
    if (time >= renewAt) {
      await renew(deps, input, live);
      renewAt = time + RENEW_MS;
    }
    const leftMs = deadline - time;
    if (leftMs <= 0 || input.signal.aborted) return 'timeout';
    const timeoutMs = Math.min(leftMs, renewAt - time, deps.sharedPollMs ?? leftMs);
    await stops.wait({ since, timeoutMs, signal: input.signal });
  }
}

/** What the caller still has to do in the build; nothing once the build has ended. */
async function listLive(db: Db, { caller, buildId }: Watch): Promise<readonly HandedStage[]> {
  const build = await findBuildById(db, buildId);
  if (build === undefined) return [];
  const handed = await listHandedStages(db, buildId, { tokenId: caller.tokenId, runnerKey: caller.key });
  // Its address may have changed since it accepted.
  const known = handed.length > 0 ? handed : await listHandedStages(db, buildId, { tokenId: caller.tokenId });
  if (known.length === 0) throw new AppError('not-found', 'The runner has no stage of this build.');
  return isDone(build.status) ? [] : known.filter(isLive);
}

function isLive({ lease, stage }: HandedStage): boolean {
  return lease.fence === stage.fence && stage.leaseRunner !== '' && !isDone(stage.status);
}

/** One open watch speaks for one stage: with fewer watches than stages only those last heard of go on. */
async function renew(deps: WatchDeps, input: Watch, live: readonly HandedStage[]): Promise<void> {
  const nowMs = deps.nowMs();
  for (const { lease, stage } of live.slice(0, input.countOpen())) {
    await extendLease(deps.db, leaseOf({ stage }), nowMs + deps.settings.leaseMs);
    await updateRpcLease(deps.db, lease, { watchMs: nowMs });
    await deps.registry.touch(input.caller, stage.leaseRunner);
  }
}
