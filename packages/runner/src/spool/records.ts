import { crc32 } from 'node:zlib';
import type { RunnerChecks } from '@sortie/contract/runner-checks';
import type { ReportHead } from '@sortie/contract/runner-wire';
import type { Lease } from '@sortie/core/runner';
import { isDone, type Status } from '@sortie/core/status';
import type { Journal } from './journal.ts';

/** The first record of a spool: what it is about. */
export interface OpenHead {
  readonly kind: 'open';
  readonly lease: Lease;
  readonly heartbeatMs: number;
}

/** The server has named the steps. */
export interface BegunHead {
  readonly kind: 'begun';
  readonly stepIds: readonly number[];
}

/** What the spool of one stage says about it. */
export interface SpooledStage {
  readonly lease: Lease;
  readonly heartbeatMs: number;
  /** By id, in order: the last status of each step and how much of its log there is. */
  readonly steps: ReadonlyMap<number, SpooledStep>;
  /** The end of the stage has been written down. */
  readonly isFinished: boolean;
}

export interface SpooledStep {
  readonly status: Status;
  readonly started: number;
  readonly logSize: number;
  /** CRC-32 of the log so far. */
  readonly logChecksum: number;
  /** The log is empty, or its last byte ends a line. */
  readonly isAtLineStart: boolean;
  readonly isLogClosed: boolean;
}

const READ_BYTES = 2 ** 20;
const NOT_BEGUN: SpooledStep = {
  status: 'pending',
  started: 0,
  logSize: 0,
  logChecksum: 0,
  isAtLineStart: true,
  isLogClosed: false,
};

/** Reads through a spool; `undefined` when it does not begin as one. */
export async function readSpooledStage(
  journal: Pick<Journal, 'read' | 'size'>,
  { isReportHead }: Pick<RunnerChecks, 'isReportHead'>,
): Promise<SpooledStage | undefined> {
  let first: OpenHead | undefined;
  let isFinished = false;
  const steps = new Map<number, SpooledStep>();
  for (let offset = 0; offset < journal.size; ) {
    const part = await journal.read(offset, READ_BYTES);
    offset = part.end;
    for (const { head, data } of part.frames) {
      if (first === undefined) {
        if (!isOpenHead(head)) return undefined;
        first = head;
      } else if (isBegunHead(head)) for (const id of head.stepIds) steps.set(id, NOT_BEGUN);
      else if (isReportHead(head)) {
        if (head.kind === 'finish') isFinished = true;
        else note(steps, head, data);
      }
    }
  }
  return first && { lease: first.lease, heartbeatMs: first.heartbeatMs, steps, isFinished };
}

function isOpenHead(head: unknown): head is OpenHead {
  if (!isRecord(head) || head.kind !== 'open' || !isRecord(head.lease)) return false;
  const { stageId, attempt, fence } = head.lease;
  return [stageId, attempt, fence, head.heartbeatMs].every(Number.isSafeInteger);
}

function isBegunHead(head: unknown): head is BegunHead {
  return isRecord(head) && head.kind === 'begun' && Array.isArray(head.stepIds);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function note(
  steps: Map<number, SpooledStep>,
  record: Exclude<ReportHead, { kind: 'finish' }>,
  data: Uint8Array,
): void {
  const id = record.kind === 'step' ? record.report.stepId : record.stepId;
  const step = steps.get(id) ?? NOT_BEGUN;
  if (record.kind === 'step') {
    const { status, started } = record.report;
    steps.set(id, { ...step, status, started });
  } else if (record.kind === 'close') steps.set(id, { ...step, isLogClosed: true });
  else {
    const logSize = record.offset + data.length;
    const logChecksum = crc32(data, step.logChecksum);
    const isAtLineStart = data.length === 0 ? step.isAtLineStart : data.at(-1) === 10;
    steps.set(id, { ...step, logSize, logChecksum, isAtLineStart });
  }
}

/** A step that has begun and of which nobody knows how it ended. */
export function isUnfinished({ status }: SpooledStep): boolean {
  return status !== 'pending' && !isDone(status);
}
