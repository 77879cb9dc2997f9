import type { Assignment, RunnerService } from '@sortie/contract/runner';
import { AppError } from '@sortie/core/errors';
import type { Lease, RunnerIdentity } from '@sortie/core/runner';
import { type Clock, unixSeconds } from '@sortie/engine/clock';
import { ERROR_EXIT_CODE } from '@sortie/engine/step-table';
import { type AskDeps, ask, isConflict, readJson, requireSuccess } from './ask.ts';
import { HeldStage } from './held-stage.ts';
import { createPoller } from './poll.ts';
import { type ReadContextDeps, readContext } from './read-context.ts';
import { integerOf, textOf, toObject, type WireObject } from './read-members.ts';
import { watchBuild } from './watch-build.ts';

export interface DroneServiceOptions extends AskDeps {
  readonly clock: Clock;
  readonly decrypt: ReadContextDeps['decrypt'];
  /** Aborts when the process must end at once: nothing is sent any more. */
  readonly signal: AbortSignal;
}

export interface DroneService extends RunnerService {
  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void>;
}

/** The protocol knows no heartbeat but the watch; this only looks at what has been learned otherwise. */
const HEARTBEAT_MS = 30_000;
/** Somebody else has the stage; the server gets a moment to notice before it is asked again. */
const TAKEN_MS = 1000;

/**
 * A server of the plain protocol, RPC v2, as a `RunnerService`: an official Drone server, or ours (runner-protocol.md
 * 1.10). Reports are repeated here until the server has an answer to them, so its callers need not.
 */
export function createDroneService(options: DroneServiceOptions): DroneService {
  const { clock, signal } = options;
  const poller = createPoller({ ...options, nowMs: () => clock.now() });
  const held = new Map<number, { readonly stage: HeldStage; readonly buildId: number }>();
  const rescues = new Set<Promise<void>>();

  function find(lease: Lease): HeldStage {
    const found = held.get(lease.stageId);
    if (found === undefined || found.stage.isLost) throw lost();
    return found.stage;
  }

  async function take(runner: RunnerIdentity, offered: WireObject): Promise<Assignment | undefined> {
    const version = await accept(options, runner, offered);
    if (version === undefined) {
      await options.sleep(TAKEN_MS * (0.5 + options.random()), signal).catch(() => undefined);
      return undefined;
    }
    const stageId = integerOf(offered, 'id');
    const onLost = (rescued: Promise<void>): void => {
      held.delete(stageId);
      rescues.add(rescued);
      void rescued.then(() => rescues.delete(rescued));
    };
    const stage = new HeldStage({ ...options, machine: runner.name, onLost }, offered, version);
    const context = await details(options, offered, stage);
    if (context === undefined) return undefined;
    held.set(stageId, { stage, buildId: integerOf(offered, 'build_id') });
    const lease = { stageId, attempt: 1, fence: version };
    const accepted = { ...context.stage, machine: runner.name, version };
    return { ...context, stage: accepted, lease, heartbeatMs: HEARTBEAT_MS };
  }

  async function begin(lease: Lease, steps: Parameters<RunnerService['begin']>[1]) {
    const stage = find(lease);
    try {
      return await stage.begin(steps);
    } catch (error) {
      // Nobody else would ever end it.
      if (!stage.isLost && !signal.aborted) await endInError(options, lease.stageId, stage, error);
      held.delete(lease.stageId);
      throw error;
    }
  }

  return {
    async request(runner, { signal: accepting }) {
      const offered = await poller.next(runner, AbortSignal.any([accepting, signal]));
      // Once it is accepted nobody else runs it, so that a stop must not get in between.
      return offered === undefined || accepting.aborted ? undefined : take(runner, offered);
    },

    async heartbeat(lease) {
      // A lost stage has been told so by the call that found out; an ended one may still be cleaned up.
      return { isCancelled: held.get(lease.stageId)?.stage.isCancelled ?? false };
    },

    async watchCancel(lease, ended) {
      const found = held.get(lease.stageId);
      if (found === undefined) return;
      const isOver = await watchBuild(
        { ...options, nowMs: () => clock.now() },
        found.buildId,
        AbortSignal.any([ended, signal]),
      );
      if (isOver) found.stage.cancel();
    },

    begin,
    updateStep: async (lease, report) => find(lease).updateStep(report),
    appendLog: async (lease, stepId, piece) => ({ size: find(lease).appendLog(stepId, piece) }),
    closeLog: async (lease, stepId) => find(lease).closeLog(stepId),

    async finish(lease, report) {
      try {
        await find(lease).finish(report);
      } finally {
        held.delete(lease.stageId);
      }
    },

    async idle() {
      await Promise.all(rescues);
    },
  };
}

/** The version of the stage that is now this runner's; `undefined` when it is not. */
async function accept(
  options: DroneServiceOptions,
  runner: RunnerIdentity,
  offered: WireObject,
): Promise<number | undefined> {
  const stageId = integerOf(offered, 'id');
  const path = `/stage/${stageId}?machine=${encodeURIComponent(runner.name)}`;
  const answer = await ask(options, { method: 'POST', path }, options.signal);
  if (answer.status >= 200 && answer.status < 300) {
    return acceptedVersion(answer.text) || integerOf(offered, 'version') + 1;
  }
  const fields = { stageId, status: answer.status, reason: answer.text.slice(0, 500) };
  if (!isConflict(answer)) options.log.error(fields, 'the server does not let this runner have a stage');
  // The first try may have been heard: then the stage is this runner's, and it cannot know.
  else if (answer.isRepeat)
    options.log.warn(fields, 'a stage may be orphaned: its hand-over was not confirmed');
  return undefined;
}

/** 0 when the answer does not say it; every server counts the hand-over as one change. */
function acceptedVersion(text: string): number {
  try {
    return integerOf(toObject(JSON.parse(text)), 'version');
  } catch (error) {
    if (error instanceof SyntaxError) return 0;
    throw error;
  }
}

/** What the stage consists of; `undefined` when the server cannot say, which ends the stage where that is possible. */
async function details(
  options: DroneServiceOptions,
  offered: WireObject,
  stage: HeldStage,
): Promise<ReturnType<typeof readContext> | undefined> {
  const stageId = integerOf(offered, 'id');
  const now = unixSeconds(options.clock);
  try {
    const answer = await ask(options, { method: 'GET', path: `/stage/${stageId}` }, options.signal);
    requireSuccess(answer, 'the stage');
    return readContext({ decrypt: options.decrypt, now }, offered, readJson(answer));
  } catch (err) {
    if (options.signal.aborted) return undefined;
    const fields = { stageId, stage: textOf(offered, 'name'), err };
    options.log.error(fields, 'the server does not say what a stage consists of');
    if (err instanceof AppError && err.code === 'lease-lost') return undefined;
    await endInError(options, stageId, stage, err);
    return undefined;
  }
}

/** Tells the server why a stage cannot run, as far as it listens. */
async function endInError(
  { clock, log }: DroneServiceOptions,
  stageId: number,
  stage: HeldStage,
  cause: unknown,
): Promise<void> {
  const error = cause instanceof Error ? cause.message : String(cause);
  const now = unixSeconds(clock);
  try {
    const times = { started: now, stopped: now };
    await stage.finish({ status: 'error', exitCode: ERROR_EXIT_CODE, error, ...times, steps: [] });
  } catch (err) {
    log.warn({ stageId, err }, 'a stage could not be ended');
  }
}

function lost(): AppError {
  return new AppError('lease-lost', 'The runner no longer holds this stage.', {
    hint: 'Somebody cancelled the build, or another runner has the stage.',
  });
}
