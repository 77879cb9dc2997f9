import { Buffer } from 'node:buffer';
import type { RunnerChecks } from '@sortie/contract/runner-checks';
import type { Frame } from '@sortie/contract/runner-frames';
import type { ReportHead } from '@sortie/contract/runner-wire';
import { AppError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import { type RunnerClient, toAppError } from '../extended/runner-client.ts';
import { retry } from '../retry.ts';
import type { RunnerLog } from '../stage-run.ts';
import type { Journal } from './journal.ts';
import { sendLateLogs } from './late-logs.ts';
import type { BegunHead } from './records.ts';

export interface StageSpoolDeps {
  readonly client: Pick<RunnerClient, 'deliver'>;
  readonly checks: Pick<RunnerChecks, 'isReportHead'>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly log: RunnerLog;
  /** Aborts when the process must end at once: what has not been sent stays on the disk. */
  readonly signal: AbortSignal;
}

/** What is reported about one stage: written to the disk first, then sent in the same order until the server has it. */
export interface StageSpool {
  readonly lease: Lease;
  /**
   * Writes a report down; it will be sent. Throws `lease-lost` once the stage is somebody else's, and `disk-full`.
   */
  add(head: ReportHead | BegunHead, data?: Uint8Array): Promise<void>;
  /** Sends past the disk, after everything that was added: for what must be known before going on. Tried once. */
  sendNow(head: ReportHead): Promise<void>;
  /** Resolves when the server has everything. Rejects as soon as the lease is lost. */
  drained(): Promise<void>;
  /** Aborts when the lease is lost. */
  readonly lost: AbortSignal;
  /** The server says elsewhere that the lease is lost. */
  lose(error: AppError): void;
  /** Resolves when nothing more is sent and the file is closed; what nobody needs any more has been removed. */
  readonly ended: Promise<void>;
  /** The server has the end of the stage: nothing more follows. */
  finish(): void;
}

/** A delivery ends with the report that reaches so many bytes. */
const DELIVERY_BYTES = 2 ** 20;
/** From so much on, deliveries are read into memory that stays: chatty steps would keep the garbage collector busy. */
const ROOM_FROM_BYTES = 2 ** 16;
/** A server that asks for the beginning again and again would be sent it for ever. */
const MAX_REWINDS = 20;

export function openStageSpool(deps: StageSpoolDeps, lease: Lease, journal: Journal): StageSpool {
  const lost = new AbortController();
  const finished = new AbortController();
  const halted = AbortSignal.any([lost.signal, finished.signal, deps.signal]);
  const grown = createBell();
  const emptied = createBell();
  const refusals: string[] = [];
  let sentTo = 0;
  let rewinds = 0;
  let room: Buffer | undefined;

  async function send(): Promise<void> {
    while (!halted.aborted) {
      if (sentTo >= journal.size) {
        emptied.ring();
        await grown.next(halted);
        continue;
      }
      if (journal.size - sentTo > ROOM_FROM_BYTES) room ??= Buffer.allocUnsafeSlow(DELIVERY_BYTES);
      const part = await journal.read(sentTo, DELIVERY_BYTES, room);
      if (await sendAll(part.frames)) sentTo = part.end;
      else sentTo = 0;
    }
  }

  /** False when the server has lost what it had: everything is sent again, and has no second effect. */
  async function sendAll(frames: readonly Frame[]): Promise<boolean> {
    let left = frames.filter(({ head }) => deps.checks.isReportHead(head)).map(honest);
    while (left.length > 0) {
      const { done, problem } = await deliver(left);
      left = left.slice(done);
      if (problem === undefined) continue;
      if (problem.code === 'lease-lost') throw problem;
      if (problem.code === 'log-gap' && rewinds < MAX_REWINDS) {
        rewinds += 1;
        return false;
      }
      deps.log.error({ ...lease, err: problem }, 'the server refuses a report; the stage is no success');
      refusals.push(problem.message);
      left = left.slice(1).map(honest);
    }
    return true;
  }

  /** How many the server has taken, and what it says to the next one if that is final. */
  async function deliver(reports: readonly Frame[]) {
    let from = 0;
    return retry(
      async () => {
        const { done, problem } = await deps.client.deliver(lease, reports.slice(from), false);
        from += done;
        if (problem === undefined) return { done: from, problem: undefined };
        const known = toAppError(problem) ?? new AppError('invalid-request', problem.message);
        if (problem.status >= 500) throw new Error(problem.message, { cause: known });
        return { done: from, problem: known };
      },
      {
        signal: halted,
        sleep: deps.sleep,
        random: deps.random,
        onRetry: (err, attempt, waitMs) =>
          deps.log.warn({ stageId: lease.stageId, err, attempt, waitMs }, 'a call of the server is repeated'),
      },
    );
  }

  /** A stage of which the server has not taken everything must not look well. */
  function honest(frame: Frame): Frame {
    const { head } = frame;
    const isEnd = deps.checks.isReportHead(head) && head.kind === 'finish';
    if (refusals.length === 0 || !isEnd || head.report.status !== 'success') return frame;
    const error = `The server has refused a part of what the runner reported: ${refusals[0]}`;
    const report = { ...head.report, status: 'error' as const, exitCode: 255, error };
    return { ...frame, head: { kind: 'finish', report } };
  }

  function lose(error: AppError): void {
    if (!lost.signal.aborted && !finished.signal.aborted) lost.abort(error);
  }

  async function live(): Promise<void> {
    try {
      await send();
    } catch (error) {
      if (error instanceof AppError && error.status < 500) lose(error);
      else if (!halted.aborted) {
        deps.log.error({ ...lease, err: error }, 'what is kept of a stage cannot be sent');
        lose(unsendable(error));
      }
    }
    if (isTakenAway(lost.signal)) await sendLateLogs(deps, lease, journal, sentTo);
    // Whoever was refused for its token may have a better one at the next start.
    const isOver = finished.signal.aborted || (isTakenAway(lost.signal) && !deps.signal.aborted);
    if (isOver) await journal.remove();
    else await journal.close();
  }

  const ended = live();
  return {
    lease,
    lost: lost.signal,
    lose,
    ended,
    async add(head, data) {
      lost.signal.throwIfAborted();
      await journal.append(head, data, { isDurable: head.kind !== 'log' });
      grown.ring();
    },
    async sendNow(head) {
      await waitEmpty();
      const { problem } = await deps.client.deliver(lease, [honest({ head, data: new Uint8Array() })], false);
      if (problem === undefined) return;
      const known = toAppError(problem);
      if (problem.status >= 500 || known === undefined) throw new Error(problem.message, { cause: known });
      if (known.code === 'lease-lost') lose(known);
      throw known;
    },
    drained: waitEmpty,
    finish: () => finished.abort(new Error('the stage has ended')),
  };

  async function waitEmpty(): Promise<void> {
    while (sentTo < journal.size) {
      halted.throwIfAborted();
      await emptied.next(halted);
    }
    lost.signal.throwIfAborted();
  }
}

/** The stage is somebody else's, which no other token and no later start changes. */
function isTakenAway({ aborted, reason }: AbortSignal): boolean {
  return (
    aborted && reason instanceof AppError && (reason.code === 'lease-lost' || reason.code === 'not-found')
  );
}

function unsendable(cause: unknown): AppError {
  return new AppError('internal', 'What the runner has kept of the stage cannot be sent.', { cause });
}

/** Wakes whoever waits for the next ring. */
function createBell() {
  let waiting = Promise.withResolvers<void>();
  return {
    ring(): void {
      waiting.resolve();
      waiting = Promise.withResolvers<void>();
    },
    /** Resolves also when `signal` aborts. */
    async next(signal: AbortSignal): Promise<void> {
      if (signal.aborted) return;
      const { promise } = waiting;
      const stopped = Promise.withResolvers<void>();
      const stop = (): void => stopped.resolve();
      signal.addEventListener('abort', stop, { once: true });
      await Promise.race([promise, stopped.promise]);
      signal.removeEventListener('abort', stop);
    },
  };
}
