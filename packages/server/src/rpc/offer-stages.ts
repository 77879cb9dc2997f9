import { AppError } from '@sortie/core/errors';
import { servesStage } from '@sortie/core/runner-token';
import { type Asked, createGather } from '../queue/gather.ts';
import { findUnpaused } from '../queue/pause.ts';
import { reachableRepos } from '../queue/reachable-repos.ts';
import { inTransaction } from '../store/db.ts';
import { claimStages } from '../store/leases.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import type { Filter } from './read-filter.ts';
import type { Poller } from './registry.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

type OfferDeps = Pick<RpcDeps, 'db' | 'nowMs' | 'settings'>;

export interface Poll {
  readonly caller: RpcCaller;
  readonly filter: Filter;
  readonly poller: Poller;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Reserves the next stage for who polls, or answers `undefined` at once when there is none. */
export type Offers = (poll: Poll) => Promise<LeasedStage | undefined>;

/** So many stages are taken in one transaction: others wait for it. */
const MOST = 100;

/**
 * Polls that may have the same are served together: nothing tells them apart but who came first, and one transaction
 * for fifty slots takes little longer than one for a single slot.
 */
export function createOffers(deps: OfferDeps): Offers {
  const gather = createGather<Poll, LeasedStage | undefined>(MOST, (asked) => offerAll(deps, asked));
  return (poll) => {
    const { caller, filter, poller } = poll;
    if (filter.kind !== 'pipeline' || !servesStage(caller.scope, filter)) return Promise.resolve(undefined);
    const { namespaces, repos, trust } = caller.scope;
    return gather(JSON.stringify([poller.id, namespaces, repos, trust]), poll);
  };
}

async function offerAll(
  deps: OfferDeps,
  asked: readonly Asked<Poll, LeasedStage | undefined>[],
): Promise<void> {
  const present = asked.filter(({ input, answer }) => {
    if (input.signal.aborted) answer(undefined);
    return !input.signal.aborted;
  });
  // The newest one knows best under which names its machine is known.
  const poll = present.at(-1)?.input;
  if (poll === undefined) return;
  try {
    const stages = await offer(deps, poll, present.length);
    for (const [place, { answer }] of present.entries()) answer(stages[place]);
  } catch (error) {
    if (present.length === 1 || error instanceof AppError) throw error;
    // One of the stages cannot be taken: those before it can.
    for (const { input, answer } of present) answer(offer(deps, input, 1).then(([stage]) => stage));
  }
}

async function offer(
  deps: OfferDeps,
  { caller, filter, poller }: Poll,
  count: number,
): Promise<readonly LeasedStage[]> {
  const { db } = deps;
  const nowMs = deps.nowMs();
  const claim = { nowMs, expiresMs: nowMs + deps.settings.offerMs, kind: 'rpc-offer', count } as const;
  // All of it in one transaction: each statement by itself would wait for its turn behind everybody else who asks.
  return inTransaction(db, async (tx) => {
    const name = await findUnpaused(tx, poller.names);
    if (name === undefined) return [];
    const repoIds = await reachableRepos(tx, caller.scope);
    if (repoIds?.length === 0) return [];
    const runner = {
      name,
      types: [filter.type],
      platform: filter.platform,
      labels: filter.labels,
      capacity: 1,
      version: '',
    };
    const handOut = {
      tokenId: caller.tokenId,
      runnerKey: caller.key,
      poller: poller.id,
      machine: poller.isNamed ? name : '',
    };
    return claimStages(tx, runner, { ...claim, handOut, ...(repoIds === undefined ? {} : { repoIds }) });
  });
}
