import { type LegacyLogLine, toLegacyExitLine, toLegacyLogLine } from '@sortie/contract/legacy/logs';
import type { Stage } from '@sortie/core/stage';
import { isDone } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import type { EventHub } from '../../events/hub.ts';
import { createSignal, type Signal } from '../../events/signal.ts';
import { type LogStore, logKey } from '../../logs/log-store.ts';
import type { Db } from '../../store/db.ts';
import { lastSeq } from '../../store/events.ts';
import { findStageById } from '../../store/stages.ts';
import { findStepById, listSteps } from '../../store/steps.ts';
import { hasExitLine } from './logs.ts';

const LINES_PER_READ = 500;

export interface LiveLogDeps {
  readonly db: Db;
  readonly logs: LogStore;
  readonly events: EventHub;
}

/** False when the reader may not have it any more. */
type SendLine = (line: LegacyLogLine) => Promise<boolean>;

/**
 * Sends the lines of all steps of a running stage, from the first one on, with the exit code after each step, and
 * returns when the stage has ended and everything has been sent, when the reader has lost the right to it, or when
 * `signal` aborts.
 */
export async function followStage(
  deps: LiveLogDeps,
  stage: Stage,
  send: SendLine,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const failures: unknown[] = [];
  const left = new AbortController();
  const gone = AbortSignal.any([signal, left.signal]);
  const stop = AbortSignal.any([gone, ended.signal]);
  const sendOrLeave = async (line: LegacyLogLine) => {
    if (!(await send(line))) left.abort();
  };
  const changed = createSignal();
  const followed = new Set<number>();
  const following: Promise<void>[] = [];
  const addSteps = async () => {
    for (const step of await listSteps(deps.db, stage.id)) {
      if (followed.has(step.id)) continue;
      followed.add(step.id);
      const work = followStep({ ...deps, changed }, { stage, step }, sendOrLeave, { signal: gone, stop });
      following.push(
        work.catch((error: unknown) => {
          failures.push(error);
          left.abort();
        }),
      );
    }
  };
  const afterSeq = await lastSeq(deps.db);
  await addSteps();
  if (!(await hasEnded(deps.db, stage.id))) {
    const filter = (event: { readonly buildId: number }) => event.buildId === stage.buildId;
    for await (const _event of deps.events.subscribe({ afterSeq, filter, signal: gone })) {
      await addSteps();
      changed.fire();
      if (await hasEnded(deps.db, stage.id)) break;
    }
  }
  ended.abort();
  await Promise.all(following);
  if (failures.length > 0) throw failures[0];
}

async function hasEnded(db: Db, stageId: number): Promise<boolean> {
  const stage = await findStageById(db, stageId);
  return stage === undefined || isDone(stage.status);
}

/** `stop` aborts when the stage has ended: what is stored then is the rest. */
async function followStep(
  deps: LiveLogDeps & { readonly changed: Signal },
  { stage, step }: { readonly stage: Stage; readonly step: Step },
  send: (line: LegacyLogLine) => Promise<void>,
  { signal, stop }: { readonly signal: AbortSignal; readonly stop: AbortSignal },
): Promise<void> {
  const key = logKey({ ...stage, stepId: step.id });
  let next = 0;
  const sendNew = async () => {
    while (!signal.aborted) {
      const lines = await deps.logs.readLines(key, { fromLine: next, limit: LINES_PER_READ });
      if (lines.length === 0) return;
      for (const line of lines) {
        if (signal.aborted) return;
        await send(toLegacyLogLine(step.name, line));
      }
      next += lines.length;
    }
  };
  for await (const _progress of deps.logs.subscribe(key, { signal: stop })) await sendNew();
  await sendNew();
  const last = await awaitEnd(deps, step, stop);
  if (!signal.aborted && last !== undefined && hasExitLine(last)) {
    await send(toLegacyExitLine(step.name, last.exitCode));
  }
}

/** The log of a step may be closed before its result is known. */
async function awaitEnd(
  { db, changed }: { readonly db: Db; readonly changed: Signal },
  step: Step,
  stop: AbortSignal,
): Promise<Step | undefined> {
  for (;;) {
    const since = changed.version;
    const now = await findStepById(db, step.id);
    if (now === undefined || isDone(now.status) || stop.aborted) return now;
    await changed.wait({ since, signal: stop });
  }
}
