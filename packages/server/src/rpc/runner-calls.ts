import type { Assignment } from '@sortie/contract/runner';
import type { HelloBody, LeaseBody, RequestBody } from '@sortie/contract/runner-wire';
import type { Lease, RunnerIdentity } from '@sortie/core/runner';
import { servesStage } from '@sortie/core/runner-token';
import { reachableRepos } from '../queue/reachable-repos.ts';
import { leaseLost } from '../services/held-stage.ts';
import { inTransaction } from '../store/db.ts';
import { findRpcLease, insertRpcLease, updateRpcLease } from '../store/rpc-leases.ts';
import { confirmOffer, endForgottenLeases } from '../store/runner-leases.ts';
import { registerRunner } from '../store/runner-room.ts';
import { registrarOf } from './registrar.ts';
import { takeBack } from './request-stage.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

type CallDeps = Pick<RpcDeps, 'db' | 'queue' | 'nowMs' | 'settings' | 'sharedPollMs'>;

/** One runner of ours among those with the same token. */
export interface RunnerCaller {
  readonly caller: RpcCaller;
  readonly runnerId: string;
}

/** By what the hand-outs to one runner are recognised. */
export function runnerKeyOf({ caller, runnerId }: RunnerCaller): string {
  return `token:${caller.tokenId}/${runnerId}`;
}

/** A process has started. What it does not hold any more is looked for by the next sweep instead of after the lease. */
export async function greet(deps: CallDeps, caller: RpcCaller, body: HelloBody): Promise<void> {
  const runnerKey = runnerKeyOf({ caller, runnerId: body.runnerId });
  await inTransaction(deps.db, (tx) => registerRunner(tx, body.runner, registrarOf(deps, caller)));
  await endForgottenLeases(deps.db, { tokenId: caller.tokenId, runnerKey, held: body.held });
}

/**
 * Waits until a stage that fits runner and token is due and reserves it; `undefined` when the time is over or `signal`
 * aborts. The first heartbeat makes it the runner's.
 */
export async function requestAssignment(
  deps: CallDeps,
  caller: RpcCaller,
  body: RequestBody,
  signal: AbortSignal,
): Promise<Assignment | undefined> {
  const { work } = deps.queue;
  const { labels } = body.runner;
  const types = body.runner.types.filter((type) => servesStage(caller.scope, { type, labels }));
  const runner = { ...body.runner, types };
  await inTransaction(deps.db, (tx) => registerRunner(tx, body.runner, registrarOf(deps, caller)));
  const deadline = performance.now() + Math.min(body.waitMs, deps.settings.pollMs);
  while (!signal.aborted) {
    const since = work.version;
    const assignment = types.length === 0 ? undefined : await offer(deps, { caller, ...body }, runner);
    if (assignment !== undefined) {
      if (!signal.aborted) return assignment;
      await giveBack(deps, assignment);
      return undefined;
    }
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return undefined;
    await work.wait({ since, timeoutMs: Math.min(leftMs, deps.sharedPollMs ?? leftMs), signal });
  }
  return undefined;
}

/** The runner that it was sent to has gone: the next one may have it at once. */
export async function giveBack(deps: Pick<RpcDeps, 'db' | 'queue'>, { lease }: Assignment): Promise<void> {
  await takeBack(deps, { id: lease.stageId, fence: lease.fence });
}

async function offer(
  deps: CallDeps,
  who: RunnerCaller,
  runner: RunnerIdentity,
): Promise<Assignment | undefined> {
  const repoIds = await reachableRepos(deps.db, who.caller.scope);
  if (repoIds?.length === 0) return undefined;
  return deps.queue.take(runner, {
    offerMs: deps.settings.offerMs,
    ...(repoIds === undefined ? {} : { repoIds }),
    onTaken: (tx, stage) =>
      insertRpcLease(tx, {
        stageId: stage.id,
        fence: stage.fence,
        attempt: stage.attempt,
        tokenId: who.caller.tokenId,
        runnerKey: runnerKeyOf(who),
        poller: '',
        machine: runner.name,
        acceptedMs: 0,
        signalMs: 0,
        watchMs: 0,
      }),
  });
}

/** The hand-out by which the runner has, or had, the stage. Throws `lease-lost` for those of others. */
async function requireHandOut(deps: Pick<RpcDeps, 'db'>, who: RunnerCaller, lease: Lease) {
  const handOut = await findRpcLease(deps.db, lease);
  const isOwn = handOut?.tokenId === who.caller.tokenId && handOut.runnerKey === runnerKeyOf(who);
  if (!isOwn || handOut.attempt !== lease.attempt) throw leaseLost();
  return handOut;
}

/** Like `requireHandOut`; the runner has also confirmed it. */
export async function requireTaken(deps: Pick<RpcDeps, 'db'>, who: RunnerCaller, lease: Lease) {
  const handOut = await requireHandOut(deps, who, lease);
  if (handOut.acceptedMs === 0) throw leaseLost();
  return handOut;
}

/** The first one takes the stage, each further one extends the lease. Throws `lease-lost`. */
export async function beat(
  deps: CallDeps,
  caller: RpcCaller,
  { runnerId, lease }: LeaseBody,
): Promise<{ readonly isCancelled: boolean }> {
  const handOut = await requireHandOut(deps, { caller, runnerId }, lease);
  if (handOut.acceptedMs === 0) await confirm(deps, lease, handOut.machine);
  return deps.queue.heartbeat(lease);
}

async function confirm(deps: CallDeps, lease: Lease, machine: string): Promise<void> {
  const nowMs = deps.nowMs();
  await inTransaction(deps.db, async (tx) => {
    const expiresMs = nowMs + deps.queue.leaseMs;
    const stage = await confirmOffer(tx, lease, { machine, nowMs, expiresMs });
    if (stage === undefined) throw leaseLost();
    await updateRpcLease(tx, lease, { acceptedMs: nowMs, signalMs: nowMs });
  });
}
