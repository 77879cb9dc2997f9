import type { StageReport, StepDraft, StepReport } from '@sortie/contract/runner';
import type { WireObject } from './read-members.ts';

/** What the server and we know of a step that has been announced. */
export interface KnownStep {
  readonly id: number;
  readonly draft: StepDraft;
  /** As the server counts the changes of its row. */
  version: number;
  /** The newest report; a pending one before the first. */
  report: Omit<StepReport, 'stepId'>;
}

const MAX_ERROR_BYTES = 500;
/** The column of official servers on PostgreSQL. */
const MAX_NAME_CHARACTERS = 100;

const NOT_BEGUN = { status: 'pending', exitCode: 0, error: '', started: 0, stopped: 0 } as const;

/**
 * The body of a stage report: the stage as it was received, since the server overwrites every column from the body
 * (runner-protocol.md 1.10), and what has changed.
 */
export function toWireStage(
  received: WireObject,
  state: { readonly machine: string; readonly version: number },
  report: Pick<StageReport, 'status' | 'error' | 'exitCode' | 'started' | 'stopped'>,
  steps: readonly WireObject[],
): WireObject {
  const error = cutBytes(report.error, MAX_ERROR_BYTES);
  const { error: _earlier, ...rest } = received;
  return {
    ...rest,
    machine: state.machine,
    status: report.status,
    ...(error === '' ? {} : { error }),
    exit_code: report.exitCode,
    started: report.started,
    stopped: report.stopped,
    version: state.version,
    ...(steps.length === 0 ? {} : { steps }),
  };
}

/** A step that the server does not know yet; it gets its id there. */
export function toNewWireStep(stageId: number, draft: StepDraft): WireObject {
  return toWireStep(stageId, { id: 0, draft, version: 0, report: NOT_BEGUN });
}

/** The parent stage is called `step_id`, on both sides and for ever. */
export function toWireStep(stageId: number, step: KnownStep): WireObject {
  const { draft, report } = step;
  const error = cutBytes(report.error, MAX_ERROR_BYTES);
  return {
    id: step.id,
    step_id: stageId,
    number: draft.number,
    name: [...draft.name].slice(0, MAX_NAME_CHARACTERS).join(''),
    status: report.status,
    ...(error === '' ? {} : { error }),
    ...(draft.errIgnore ? { errignore: true } : {}),
    exit_code: report.exitCode,
    ...(report.started === 0 ? {} : { started: report.started }),
    ...(report.stopped === 0 ? {} : { stopped: report.stopped }),
    version: step.version,
    ...(draft.dependsOn.length === 0 ? {} : { depends_on: draft.dependsOn }),
    ...(draft.image === '' ? {} : { image: draft.image }),
    ...(draft.isDetached ? { detached: true } : {}),
  };
}

/** At most so many bytes of UTF-8, no character cut. */
function cutBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
