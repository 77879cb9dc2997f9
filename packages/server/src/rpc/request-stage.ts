import type { Repo } from '@sortie/core/repo';
import { type RunnerScope, servesRepo, servesStage } from '@sortie/core/runner-token';
import { isQueuePaused } from '../queue/pause.ts';
import { type Db, inTransaction } from '../store/db.ts';
import { claimStage } from '../store/leases.ts';
import { listQueuedRepos, withdrawOffer } from '../store/offers.ts';
import { insertRpcLease } from '../store/rpc-leases.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import type { Filter } from './read-filter.ts';
import { findFreeName, type Poller, type Registry } from './registry.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

type RequestDeps = Pick<RpcDeps, 'db' | 'queue' | 'nowMs' | 'settings' | 'sharedPollMs'> & {
  readonly registry: Registry;
};

interface Poll {
  readonly caller: RpcCaller;
  readonly filter: Filter;
  readonly poller: Poller;
}

/**
 * Waits until a stage that fits is due and reserves it for the caller; `undefined` when the time is over or `signal`
 * aborts. A reserved stage is nobody else's until it is accepted, or the reservation ends.
 */
export async function requestStage(
  deps: RequestDeps,
  caller: RpcCaller,
  filter: Filter,
  signal: AbortSignal,
): Promise<LeasedStage | undefined> {
  const { poller, leave } = await deps.registry.enter(caller, filter);
  try {
    return await waitForStage(deps, { caller, filter, poller }, signal);
  } finally {
    leave();
  }
}

async function waitForStage(
  deps: RequestDeps,
  poll: Poll,
  signal: AbortSignal,
): Promise<LeasedStage | undefined> {
  const { work } = deps.queue;
  const deadline = performance.now() + deps.settings.pollMs;
  while (!signal.aborted) {
    const since = work.version;
    const stage = await offer(deps, poll);
    if (stage !== undefined) {
      if (!signal.aborted) return stage;
      await takeBack(deps, stage);
      return undefined;
    }
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return undefined;
    await work.wait({ since, timeoutMs: Math.min(leftMs, deps.sharedPollMs ?? leftMs), signal });
  }
  return undefined;
}

/** The runner that it was sent to has gone: the next one may have it at once. */
export async function takeBack(
  deps: Pick<RpcDeps, 'db' | 'queue'>,
  stage: Pick<LeasedStage, 'id' | 'fence'>,
): Promise<void> {
  if (await withdrawOffer(deps.db, { stageId: stage.id, fence: stage.fence })) deps.queue.wake();
}

async function offer(deps: RequestDeps, { caller, filter, poller }: Poll): Promise<LeasedStage | undefined> {
  const { db } = deps;
  if (filter.kind !== 'pipeline' || !servesStage(caller.scope, filter)) return undefined;
  const nowMs = deps.nowMs();
  const claim = { nowMs, expiresMs: nowMs + deps.settings.offerMs, kind: 'rpc-offer' } as const;
  // All of it in one transaction: each statement by itself would wait for its turn behind everybody else who asks.
  return inTransaction(db, async (tx) => {
    if (await isQueuePaused(tx)) return undefined;
    const name = await findFreeName(tx, poller);
    if (name === undefined) return undefined;
    const repoIds = await reachableRepos(tx, caller.scope);
    if (repoIds?.length === 0) return undefined;
    const runner = {
      name,
      types: [filter.type],
      platform: filter.platform,
      labels: filter.labels,
      capacity: 1,
      version: '',
    };
    const stage = await claimStage(tx, runner, repoIds === undefined ? claim : { ...claim, repoIds });
    if (stage === undefined) return undefined;
    await insertRpcLease(tx, {
      stageId: stage.id,
      fence: stage.fence,
      attempt: stage.attempt,
      tokenId: caller.tokenId,
      runnerKey: caller.key,
      poller: poller.id,
      machine: poller.isNamed ? name : '',
      acceptedMs: 0,
      signalMs: 0,
      watchMs: 0,
    });
    return stage;
  });
}

/** `undefined` where the token reaches every repository, so that nothing need be looked up. */
export async function reachableRepos(db: Db, scope: RunnerScope): Promise<readonly Repo['id'][] | undefined> {
  const isLimited = scope.namespaces.length + scope.repos.length > 0 || scope.trust !== 'any';
  if (!isLimited) return undefined;
  return (await listQueuedRepos(db)).filter((repo) => servesRepo(scope, repo)).map(({ id }) => id);
}
