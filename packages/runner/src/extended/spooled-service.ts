import { crc32 } from 'node:zlib';
import type { Assignment, RunnerService, StageReport } from '@sortie/contract/runner';
import { AppError, explainError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import { type Clock, unixSeconds } from '@sortie/engine/clock';
import { ERROR_EXIT_CODE } from '@sortie/engine/step-table';
import { retry } from '../retry.ts';
import { type Journal, openJournal } from '../spool/journal.ts';
import { spoolPath } from '../spool/recover.ts';
import { openStageSpool, type StageSpool, type StageSpoolDeps } from '../spool/stage-spool.ts';
import { confirm, pauseAfterQuickAnswer, watch } from './lease-calls.ts';
import { type RunnerClient, toAppError } from './runner-client.ts';

export interface SpooledServiceOptions extends StageSpoolDeps {
  readonly client: RunnerClient;
  readonly clock: Clock;
  /** Where reports are kept until the server has them; it exists. */
  readonly folder: string;
}

export interface SpooledService extends RunnerService {
  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void>;
  /** Stages with reports that the server does not have yet, or whose end it does not know. */
  readonly spooled: number;
}

/** Whoever refuses stages at once would get them all, and end what others could run. */
const NO_ROOM_MS = 10_000;

interface Held {
  readonly assignment: Assignment;
  /** What has been reported of each log so far. */
  readonly logs: Map<number, { readonly size: number; readonly checksum: number }>;
  spool?: StageSpool;
  /** The server knows that a step has begun, so that nobody else will be given the stage. */
  hasBegun: boolean;
}

/**
 * A Sortie server elsewhere as a `RunnerService`. Reports are on the disk before a call returns, and reach the server in
 * their order; only that the first step has begun is told before it begins, and the end of a stage is waited for.
 */
export function createSpooledService(options: SpooledServiceOptions): SpooledService {
  const { client, signal } = options;
  const held = new Map<number, Held>();
  /** Stages that were refused for want of room, and have not yet been waited for. */
  let refused = 0;
  const ending = new Set<Promise<void>>();

  function find(lease: Lease): Held {
    const found = held.get(lease.stageId);
    if (found === undefined || found.assignment.lease.fence !== lease.fence) throw lost();
    found.spool?.lost.throwIfAborted();
    return found;
  }

  function spoolOf(lease: Lease): StageSpool {
    const { spool } = find(lease);
    if (spool === undefined) throw new Error('nothing can be reported before the stage has begun');
    return spool;
  }

  function forget(lease: Lease): void {
    if (held.get(lease.stageId)?.assignment.lease.fence === lease.fence) held.delete(lease.stageId);
  }

  async function open(found: Held): Promise<StageSpool> {
    if (found.spool !== undefined) return found.spool;
    const { lease, heartbeatMs } = found.assignment;
    const journal = await beginJournal(spoolPath(options.folder, lease), {
      kind: 'open',
      lease,
      heartbeatMs,
    });
    const spool = openStageSpool(options, lease, journal);
    found.spool = spool;
    spool.lost.addEventListener('abort', () => forget(lease), { once: true });
    const over = spool.ended.finally(() => ending.delete(over));
    ending.add(over);
    return spool;
  }

  return {
    get spooled() {
      return ending.size;
    },

    async request(runner, accepting) {
      if (refused > 0) {
        refused -= 1;
        await options.sleep(NO_ROOM_MS, accepting.signal).catch(() => undefined);
      }
      const askedMs = options.clock.now();
      const assignment = await client.request(runner, accepting);
      if (accepting.signal.aborted) return undefined;
      if (assignment === undefined) {
        await pauseAfterQuickAnswer(options, askedMs, accepting.signal);
        return undefined;
      }
      if (!(await confirm(options, assignment.lease))) return undefined;
      held.set(assignment.lease.stageId, { assignment, logs: new Map(), hasBegun: false });
      return assignment;
    },

    async heartbeat(lease) {
      const { spool } = find(lease);
      try {
        return await client.heartbeat(lease);
      } catch (error) {
        if (error instanceof AppError && error.code === 'lease-lost') {
          spool?.lose(error);
          forget(lease);
        }
        throw error;
      }
    },

    watchCancel: (lease, ended) => watch(options, lease, AbortSignal.any([ended, signal])),

    async begin(lease, steps) {
      const found = find(lease);
      const spool = await open(found).catch((error: unknown) => {
        refused += 1;
        return refuse(options, lease, error).finally(() => forget(lease));
      });
      const rows = await client.begin(lease, steps).catch((error: unknown) => {
        if (error instanceof AppError && error.status < 500) spool.lose(error);
        throw error;
      });
      await spool.add({ kind: 'begun', stepIds: rows.map(({ id }) => id) });
      return rows;
    },

    async updateStep(lease, report) {
      const found = find(lease);
      const spool = spoolOf(lease);
      const head = { kind: 'step', report } as const;
      if (!found.hasBegun) await spool.sendNow(head);
      found.hasBegun = true;
      await addOrSend(options, spool, head);
    },

    async appendLog(lease, stepId, { bytes, ...piece }) {
      await spoolOf(lease).add({ kind: 'log', stepId, ...piece, marks: [...piece.marks] }, bytes);
      const size = piece.offset + bytes.length;
      const { logs } = find(lease);
      logs.set(stepId, { size, checksum: crc32(bytes, logs.get(stepId)?.checksum) });
      return { size };
    },

    async closeLog(lease, stepId) {
      const whole = find(lease).logs.get(stepId) ?? { size: 0, checksum: 0 };
      await addOrSend(options, spoolOf(lease), { kind: 'close', stepId, ...whole });
    },

    async finish(lease, report) {
      const found = find(lease);
      if (found.spool === undefined) await deliverEnd(options, lease, report);
      else await finish(options, found.spool, report);
      forget(lease);
    },

    async idle() {
      await Promise.all(ending);
    },
  };
}

/** What must not get lost is sent past a full disk; it would not survive a crash then. */
async function addOrSend(
  { log }: SpooledServiceOptions,
  spool: StageSpool,
  head: Parameters<StageSpool['sendNow']>[0],
): Promise<void> {
  try {
    await spool.add(head);
  } catch (err) {
    if (!(err instanceof AppError) || err.code !== 'disk-full') throw err;
    log.error({ ...spool.lease, err }, 'a report cannot be kept on the disk and is sent at once');
    await spool.sendNow(head);
  }
}

async function finish(options: SpooledServiceOptions, spool: StageSpool, report: StageReport): Promise<void> {
  const steps = report.steps.map((step) => ({ ...step }));
  await addOrSend(options, spool, { kind: 'finish', report: { ...report, steps } });
  await spool.drained();
  spool.finish();
}

/** A stage that had no step has no spool either: if this is lost, the stage is run anew. */
async function deliverEnd(
  { client }: SpooledServiceOptions,
  lease: Lease,
  report: StageReport,
): Promise<void> {
  const data = new Uint8Array();
  const { problem } = await client.deliver(lease, [{ head: { kind: 'finish', report }, data }], false);
  if (problem === undefined) return;
  const known = toAppError(problem);
  throw problem.status < 500 && known !== undefined ? known : new Error(problem.message, { cause: known });
}

/** Without a spool nothing can be promised, so that the stage ends before it begins, with the reason. */
async function refuse(options: SpooledServiceOptions, lease: Lease, cause: unknown): Promise<never> {
  const { signal, sleep, random, log, clock } = options;
  const error = cause instanceof AppError ? explainError(cause) : String(cause);
  log.error({ ...lease, err: cause }, 'a stage cannot be run because nothing can be kept of it');
  const now = unixSeconds(clock);
  const report = { status: 'error', exitCode: ERROR_EXIT_CODE, error, started: now, stopped: now } as const;
  const onRetry = (err: unknown, attempt: number, waitMs: number): void =>
    log.warn({ ...lease, err, attempt, waitMs }, 'a call of the server is repeated');
  const given = { signal, sleep, random, onRetry };
  await retry(() => deliverEnd(options, lease, { ...report, steps: [] }), given);
  throw lost(cause);
}

function lost(cause?: unknown): AppError {
  return new AppError('lease-lost', 'The runner no longer holds this stage.', {
    hint: 'Somebody cancelled the build, or another runner has the stage.',
    cause,
  });
}

/** Opens the journal of a stage and says in it whose it is. Leaves no file behind when the disk is full. */
async function beginJournal(path: string, head: object): Promise<Journal> {
  const { journal } = await openJournal(path);
  try {
    if (journal.size === 0) await journal.append(head);
    return journal;
  } catch (error) {
    await journal.remove();
    throw error;
  }
}
