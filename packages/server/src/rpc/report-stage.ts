import type { StepDraft, StepReport } from '@sortie/contract/runner';
import { toWireStage } from '@sortie/contract/stages';
import { AppError } from '@sortie/core/errors';
import { isDone, type Status } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { beginStage } from '../services/begin-stage.ts';
import { finishStage } from '../services/finish-stage.ts';
import { inTransaction, type Tx } from '../store/db.ts';
import { findReplay } from '../store/rpc-replays.ts';
import { findStageById } from '../store/stages.ts';
import { listSteps, touchSteps } from '../store/steps.ts';
import { notHeld } from './answer-error.ts';
import { closeLogs } from './close-logs.ts';
import { type HeldStage, leaseOf, lockHeld, renewHeld } from './held-stage.ts';
import { readStatus, readWire, type WireObject } from './read-wire.ts';
import { keepAnswer, type Write, writeOf } from './replay.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

interface StageWrite {
  readonly stageId: number;
  readonly wire: WireObject;
  readonly status: Status;
  readonly write: Write;
  readonly now: number;
}

/** What a report comes to: the answer, or a refusal after which the stage was still given back. */
type Outcome =
  | { readonly answer: string; readonly holder: string }
  | { readonly refused: true; readonly holder: string };

/**
 * A runner reports about a stage that it has accepted: it begins with these steps, or has ended. The same report again
 * gets the same answer; one that is too old, or about a stage that was taken away, is refused. Returns the answer as
 * JSON and the name of the runner. Throws `invalid-request`, `not-found`, `lease-lost`, `illegal-move`.
 */
export async function reportStage(
  deps: RpcDeps,
  caller: RpcCaller,
  stageId: number,
  body: Buffer,
): Promise<{ readonly answer: string; readonly holder: string }> {
  const wire = readWire(body);
  requireSameId(wire, stageId);
  const status = readStatus(wire);
  const write = writeOf(`stage:${stageId}`, wire.integer('version'), caller, body);
  const input = { stageId, wire, status, write, now: Math.floor(deps.nowMs() / 1000) };
  const apply = isDone(status) ? end : begin;
  const outcome = await inTransaction(deps.db, (tx) => apply(tx, deps, caller, input));
  deps.events.publish();
  if (isDone(status)) {
    deps.queue.wake();
    deps.queue.stop();
    await closeLogs(deps, stageId);
  }
  if ('refused' in outcome) throw notHeld();
  return outcome;
}

/** Official runners always send the id twice (W21). */
export function requireSameId(wire: WireObject, id: number): void {
  if (!wire.has('id') || wire.integer('id') === id) return;
  throw new AppError('invalid-request', 'The ids in path and body differ.', {
    hint: 'Send the report to the address of the thing that it is about.',
  });
}

async function begin(tx: Tx, deps: RpcDeps, caller: RpcCaller, input: StageWrite): Promise<Outcome> {
  const held = await lockHeld(tx, caller, input.stageId);
  const { stage } = held;
  const holder = stage.leaseRunner;
  if (holder === '' || isDone(stage.status)) throw notHeld();
  const known = stage.status === 'running' ? await findReplay(tx, input.write) : undefined;
  if (known !== undefined) return { answer: known, holder };
  requireVersion(stage, input);
  const drafts = input.wire.objects('steps').map(toDraft);
  const { steps } = await beginStage(tx, { lease: leaseOf(held), steps: drafts, now: input.now });
  await renewHeld(tx, deps, held);
  return { answer: await keep(tx, held, steps, input), holder };
}

async function end(tx: Tx, _deps: RpcDeps, caller: RpcCaller, input: StageWrite): Promise<Outcome> {
  const held = await lockHeld(tx, caller, input.stageId);
  const { stage } = held;
  const holder = stage.leaseRunner;
  const known = stage.status === input.status ? await findReplay(tx, input.write) : undefined;
  if (known !== undefined) return { answer: known, holder };
  const wasDone = isDone(stage.status);
  if (wasDone && holder === '') throw notHeld();
  if (!wasDone) requireVersion(stage, input);
  const before = await listSteps(tx, stage.id);
  const reported = input.wire.objects('steps');
  const report = { ...toReport(input.wire, input.status), steps: reported.flatMap(toStepReport(before)) };
  await finishStage(tx, { lease: leaseOf(held), report, logs: [], now: input.now });
  // It was cancelled meanwhile: the runner has now confirmed, and what it says is not what happened.
  if (wasDone) return { refused: true, holder };
  const numbers = new Set(reported.map((step) => step.integer('number')));
  const ended = before.filter((step) => isDone(step.status) && numbers.has(step.number));
  await touchSteps(
    tx,
    ended.map(({ id }) => id),
  );
  return { answer: await keep(tx, held, await listSteps(tx, stage.id), input), holder };
}

async function keep(
  tx: Tx,
  held: HeldStage,
  steps: readonly Step[],
  { write, now }: StageWrite,
): Promise<string> {
  const stage = (await findStageById(tx, held.stage.id)) ?? held.stage;
  return keepAnswer(tx, write, toWireStage({ ...stage, steps }), now);
}

function requireVersion(stage: { readonly version: number }, { write }: StageWrite): void {
  if (stage.version === write.versionIn) return;
  throw new AppError('conflict', 'Somebody else has changed the stage.');
}

function toDraft(wire: WireObject): StepDraft {
  return {
    number: wire.integer('number'),
    name: wire.text('name'),
    image: wire.text('image'),
    dependsOn: wire.strings('depends_on'),
    isDetached: wire.flag('detached'),
    errIgnore: wire.flag('errignore'),
  };
}

function toReport(wire: WireObject, status: Status) {
  return {
    status,
    exitCode: wire.integer('exit_code'),
    error: wire.text('error'),
    started: wire.integer('started'),
    stopped: wire.integer('stopped'),
  };
}

/** Steps are known by their number: a runner that missed an answer does not know their ids. */
function toStepReport(steps: readonly Step[]): (wire: WireObject) => readonly StepReport[] {
  const ids = new Map(steps.map((step) => [step.number, step.id]));
  return (wire) => {
    const stepId = ids.get(wire.integer('number'));
    return stepId === undefined ? [] : [{ stepId, ...toReport(wire, readStatus(wire)) }];
  };
}
