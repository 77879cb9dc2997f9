import { AppError } from '@sortie/core/errors';
import { servesRepo, servesStage } from '@sortie/core/runner-token';
import { isDone } from '@sortie/core/status';
import { lockBuild } from '../store/builds.ts';
import { inTransaction, type Tx } from '../store/db.ts';
import { acceptStage, offerStage, withdrawOffer } from '../store/offers.ts';
import { findRepoById } from '../store/repos.ts';
import { findRpcLease, insertRpcLease, updateRpcLease } from '../store/rpc-leases.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { findStageById, lockStage } from '../store/stages.ts';
import { DelayedRefusal, notHeld } from './answer-error.ts';
import { registrarOf } from './registrar.ts';
import { nameMachine, type Registry } from './registry.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

export type AcceptDeps = Pick<RpcDeps, 'db' | 'queue' | 'nowMs' | 'settings' | 'log'> & {
  readonly registry: Registry;
};

/** A runner that takes a stage. */
export interface Acceptance {
  readonly caller: RpcCaller;
  readonly stageId: number;
  /** As it calls itself; `requireMachine` has found it usable. */
  readonly machine: string;
}

/** What the wire allows; longer names would not fit Drone's own column either. */
const MAX_MACHINE = 200;

/**
 * The runner takes the stage (W1, W3): one that it was offered, one that is free, or one that it has taken before and
 * not begun, since the first answer may have been lost. Each time the version counts up, so that of two processes only
 * the last one can begin. Throws `not-found`, `lease-lost`.
 */
export async function acceptOffer(deps: AcceptDeps, input: Acceptance): Promise<LeasedStage> {
  const accepted = await inTransaction(deps.db, (tx) => accept(tx, deps, input));
  if ('stage' in accepted) return accepted.stage;
  await withdrawOffer(deps.db, { stageId: input.stageId, fence: accepted.refusedFence });
  deps.queue.wake();
  throw new DelayedRefusal(
    new AppError('lease-lost', 'The runner is paused.', { hint: 'An administrator can resume it.' }),
  );
}

async function accept(
  tx: Tx,
  deps: AcceptDeps,
  input: Acceptance,
): Promise<{ readonly stage: LeasedStage } | { readonly refusedFence: number }> {
  const { caller, machine } = input;
  const stage = await lockAcceptable(tx, deps, input);
  const lease = await findRpcLease(tx, { stageId: stage.id, fence: stage.fence });
  if (lease === undefined || !isFor(input, stage, lease)) throw notHeld();
  const nowMs = deps.nowMs();
  const isFirst = stage.leaseKind === 'rpc-offer';
  const naming = {
    machine,
    offeredTo: isFirst ? stage.leaseRunner : '',
    isNamed: lease.machine !== '',
    registrar: registrarOf(deps, caller),
  };
  const runner = await nameMachine(tx, naming);
  if (lease.machine === '') deps.registry.learn(lease.poller, runner.name);
  if (runner.isPaused && isFirst) return { refusedFence: stage.fence };
  await updateRpcLease(tx, lease, {
    runnerKey: caller.key,
    machine: runner.name,
    acceptedMs: nowMs,
    signalMs: nowMs,
  });
  const expiresMs = nowMs + deps.settings.acceptLeaseMs;
  return { stage: await acceptStage(tx, stage.id, { holder: runner.name, machine, nowMs, expiresMs }) };
}

/** Whose offer it is, or who has accepted it and may do so again. */
function isFor(
  { caller, machine }: Acceptance,
  stage: LeasedStage,
  lease: { readonly tokenId: number; readonly runnerKey: string },
): boolean {
  if (lease.tokenId !== caller.tokenId) return false;
  return stage.leaseKind === 'rpc-offer' || (lease.runnerKey === caller.key && stage.machine === machine);
}

/** The stage with its build locked, offered to the caller now if nobody had it. */
async function lockAcceptable(tx: Tx, deps: AcceptDeps, input: Acceptance): Promise<LeasedStage> {
  const { caller, stageId } = input;
  const seen = await findStageById(tx, stageId);
  const repo = seen && (await findRepoById(tx, seen.repoId));
  if (seen === undefined || repo === undefined || !servesRepo(caller.scope, repo)) {
    throw new AppError('not-found', 'There is no such stage.');
  }
  const build = await lockBuild(tx, seen.buildId);
  const stage = await lockStage(tx, stageId);
  const isLive = build !== undefined && !isDone(build.status) && stage?.status === 'pending';
  if (!isLive || !servesStage(caller.scope, stage)) throw notHeld();
  if (stage.leaseKind !== '') return stage;
  if (stage.leaseRunner !== '') throw notHeld();
  const expiresMs = deps.nowMs() + deps.settings.offerMs;
  const offered = await offerStage(tx, stageId, { holder: input.machine, expiresMs });
  if (offered === undefined) throw notHeld();
  await insertRpcLease(tx, {
    stageId,
    fence: offered.fence,
    attempt: offered.attempt,
    tokenId: caller.tokenId,
    runnerKey: caller.key,
    poller: '',
    machine: input.machine,
    acceptedMs: 0,
    signalMs: 0,
    watchMs: 0,
  });
  return offered;
}

/** Throws `invalid-request`. */
export function requireMachine(machine: string): void {
  if (machine !== '' && machine.length <= MAX_MACHINE && !/\p{Cc}/u.test(machine) && machine.isWellFormed()) {
    return;
  }
  throw new AppError('invalid-request', 'The runner has no usable name.', {
    hint: `Set DRONE_RUNNER_NAME to 1 to ${MAX_MACHINE} characters.`,
  });
}
