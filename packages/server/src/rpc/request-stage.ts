import { withdrawOffer } from '../store/offers.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import type { Offers, Poll } from './offer-stages.ts';
import type { Filter } from './read-filter.ts';
import type { OpenPoll, Registry } from './registry.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

type RequestDeps = Pick<RpcDeps, 'queue' | 'settings' | 'sharedPollMs' | 'db'> & {
  readonly registry: Registry;
  readonly offers: Offers;
};

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
  const open = await deps.registry.enter(caller, filter);
  try {
    return await waitForStage(deps, { caller, filter, poller: open.poller, signal }, open);
  } finally {
    open.leave();
  }
}

async function waitForStage(deps: RequestDeps, poll: Poll, open: OpenPoll): Promise<LeasedStage | undefined> {
  const { work } = deps.queue;
  const { signal } = poll;
  const deadline = performance.now() + deps.settings.pollMs;
  while (!signal.aborted) {
    const since = work.version;
    const stage = await deps.offers(poll);
    if (stage !== undefined) {
      if (!signal.aborted) return stage;
      await takeBack(deps, stage);
      return undefined;
    }
    await open.stay();
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
