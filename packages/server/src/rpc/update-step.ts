import { toWireStep } from '@sortie/contract/steps';
import { AppError } from '@sortie/core/errors';
import { isDone, type Status } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { advanceBuild } from '../services/advance-build.ts';
import { insertWebhookIntent } from '../services/build-intents.ts';
import { reportStep } from '../services/report-step.ts';
import { inTransaction, type Tx } from '../store/db.ts';
import { findReplay } from '../store/rpc-replays.ts';
import { findStepById, updateStep } from '../store/steps.ts';
import { notHeld } from './answer-error.ts';
import { closeLog } from './close-logs.ts';
import { type HeldStage, leaseOf, lockHeld, renewHeld } from './held-stage.ts';
import { readStatus, readWire, type WireObject } from './read-wire.ts';
import { keepAnswer, type Write, writeOf } from './replay.ts';
import { requireSameId } from './report-stage.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

interface StepWrite {
  readonly stepId: number;
  readonly wire: WireObject;
  readonly status: Status;
  readonly write: Write;
  readonly now: number;
}

/** Longest address of a schema; Drone's column is as wide. */
const MAX_SCHEMA = 2_000;

/**
 * A runner reports about a step of a stage that it holds. As with stages the same report again gets the same answer, and
 * a step that has ended never changes. Returns the answer as JSON and the name of the runner. Throws
 * `invalid-request`, `not-found`, `conflict`, `lease-lost`, `illegal-move`.
 */
export async function updateStepOf(
  deps: RpcDeps,
  caller: RpcCaller,
  stepId: number,
  body: Buffer,
): Promise<{ readonly answer: string; readonly holder: string }> {
  const wire = readWire(body);
  requireSameId(wire, stepId);
  const status = readStatus(wire);
  const write = writeOf(`step:${stepId}`, wire.integer('version'), caller, body);
  const input = { stepId, wire, status, write, now: Math.floor(deps.nowMs() / 1000) };
  const { step, ...result } = await inTransaction(deps.db, (tx) => apply(tx, deps, caller, input));
  deps.events.publish();
  await closeLog(deps, step);
  return result;
}

async function apply(
  tx: Tx,
  deps: RpcDeps,
  caller: RpcCaller,
  input: StepWrite,
): Promise<{ readonly answer: string; readonly holder: string; readonly step: Step }> {
  const { stepId, status, write } = input;
  const seen = await requireStep(tx, stepId);
  const held = await lockHeld(tx, caller, seen.stageId);
  const step = await requireStep(tx, stepId);
  const { leaseRunner: holder, attempt } = held.stage;
  if (step.attempt !== attempt) throw notHeld();
  const known = step.status === status ? await findReplay(tx, write) : undefined;
  if (known !== undefined) return { answer: known, holder, step };
  if (holder === '' || isDone(step.status)) throw notHeld();
  if (step.version !== write.versionIn) {
    throw new AppError('conflict', 'Somebody else has changed the step.');
  }
  await change(tx, held, step, input);
  await renewHeld(tx, deps, held);
  const after = await requireStep(tx, stepId);
  return { answer: await keepAnswer(tx, write, toWireStep(after), input.now), holder, step: after };
}

/** The step moves, or only tells of its card: then it is running as before. */
async function change(tx: Tx, held: HeldStage, step: Step, input: StepWrite): Promise<void> {
  const { stage } = held;
  const { status, wire, now } = input;
  const schema = wire.text('schema').slice(0, MAX_SCHEMA);
  if (step.status === status) {
    await updateStep(tx, step.id, status, { schema: schema || step.schema });
    await insertWebhookIntent(tx, { id: stage.buildId, repoId: stage.repoId }, 'updated', now);
    await advanceBuild(tx, stage.buildId, now, { isOfStep: true });
    return;
  }
  const report = {
    stepId: step.id,
    status,
    exitCode: wire.integer('exit_code'),
    error: wire.text('error'),
    started: wire.integer('started'),
    stopped: wire.integer('stopped'),
  };
  await reportStep(tx, { lease: leaseOf(held), report, now });
}

async function requireStep(tx: Tx, id: number): Promise<Step> {
  const step = await findStepById(tx, id);
  if (step === undefined) throw new AppError('not-found', 'There is no such step.');
  return step;
}
