import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { createRunnerChecks, type RunnerChecks } from '@sortie/contract/runner-checks';
import { createFrameCodec, type Frame } from '@sortie/contract/runner-frames';
import type { DeliveryReply, ReportHead } from '@sortie/contract/runner-wire';
import { AppError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import { isDone } from '@sortie/core/status';
import { toAppError } from '../errors.ts';
import { type LogKey, type LogStore, logKey } from '../logs/log-store.ts';
import { findStageOfLease, findStepOfLease } from '../store/leases.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';
import { requireTaken } from './runner-calls.ts';
import { amendLog } from './runner-late-logs.ts';

type ReportDeps = Pick<RpcDeps, 'db' | 'queue' | 'logs' | 'nowMs' | 'log'>;

const READ_BYTES = 2 ** 18;
/** A delivery ends with the frame that reaches 1 MiB, and the smallest report takes more than 64 bytes. */
const MAX_FRAMES = 2 ** 14;

/** Takes what a runner of ours reports about one stage. */
export type TakeReports = (caller: RpcCaller, body: Buffer) => Promise<DeliveryReply>;

/**
 * Reports are taken one after the other up to the first that cannot be; each has its effect once, however often it is
 * sent. Throws `invalid-request` for what is no delivery, and `lease-lost` for the stage of another runner.
 */
export function createTakeReports(deps: ReportDeps): TakeReports {
  const frames = createFrameCodec(crc32);
  let checks: RunnerChecks | undefined;

  return async (caller, body) => {
    // At the first use, which keeps the start short.
    checks ??= createRunnerChecks();
    const { isDeliveryHead, isReportHead } = checks;
    const { frames: found, problem } = frames.read(body, MAX_FRAMES);
    const [first, ...reports] = found;
    if (problem !== undefined || first === undefined || !isDeliveryHead(first.head)) throw malformed();
    const { runnerId, lease, isLate } = first.head;
    const heads = reports.map(({ head }) => {
      if (!isReportHead(head)) throw malformed();
      return head;
    });
    await requireTaken(deps, { caller, runnerId }, lease);
    const isWhole = heads.at(-1)?.kind === 'finish';
    if (isWhole && !isLate && (await hasFinished(deps, lease))) return { done: heads.length };
    let done = 0;
    for (const head of heads) {
      try {
        const data = reports[done]?.data ?? new Uint8Array();
        if (isLate) await takeLate(deps, lease, { head, data });
        else await take(deps, lease, { head, data });
      } catch (error) {
        return { done, problem: toProblem(deps, error) };
      }
      done += 1;
    }
    return { done };
  };
}

/** The runner has reported the end of this attempt before, so that everything that goes before it was taken as well. */
async function hasFinished({ db }: ReportDeps, lease: Lease): Promise<boolean> {
  const stage = await findStageOfLease(db, lease);
  return stage !== undefined && stage.leaseRunner === '' && isDone(stage.status);
}

interface Report {
  readonly head: ReportHead;
  readonly data: Frame['data'];
}

async function take(deps: ReportDeps, lease: Lease, { head, data }: Report): Promise<void> {
  const { queue } = deps;
  switch (head.kind) {
    case 'step':
      return queue.updateStep(lease, head.report);
    case 'log': {
      const { stepId, offset, checksum, marks } = head;
      await queue.appendLog(lease, stepId, { offset, checksum, marks, bytes: data });
      return;
    }
    case 'close':
      await requireWhole(deps, lease, head);
      return queue.closeLog(lease, head.stepId);
    case 'finish':
      return queue.finish(lease, head.report);
  }
}

/**
 * A log that lost its end with this machine is sent again instead of being closed without it, and one that is another
 * than the runner's is not taken for it. Throws `log-gap`, `log-checksum`.
 */
async function requireWhole(
  deps: ReportDeps,
  lease: Lease,
  { stepId, size, checksum }: Extract<ReportHead, { kind: 'close' }>,
): Promise<void> {
  const place = await findStepOfLease(deps.db, lease, stepId);
  if (place === undefined) return;
  const key = logKey({ ...place, stepId });
  const stored = await deps.logs.progress(key);
  if (stored.isClosed) return;
  if (stored.size < size) {
    throw new AppError('log-gap', `The log has ${stored.size} bytes, and not ${size}.`, {
      hint: 'Go on from the stored size.',
      details: { size: stored.size },
    });
  }
  if (stored.size === size && (await checksumOf(deps.logs, key)) === checksum) return;
  throw new AppError('log-checksum', 'The stored log is not the one that the runner has sent.', {
    hint: 'Run the build again; look whether the disk of the data folder is sound.',
  });
}

async function checksumOf(logs: LogStore, key: LogKey): Promise<number> {
  // New memory for each read would cost more than the reading.
  const room = Buffer.allocUnsafeSlow(READ_BYTES);
  let checksum = 0;
  for (let fromOffset = 0; ; ) {
    const { bytes } = await logs.read(key, { fromOffset, maxBytes: READ_BYTES, room });
    if (bytes.length === 0) return checksum;
    checksum = crc32(bytes, checksum);
    fromOffset += bytes.length;
  }
}

/** Of a stage that the runner has lost only logs are taken; what else it says is not what happened. */
async function takeLate(deps: ReportDeps, lease: Lease, { head, data }: Report): Promise<void> {
  if (head.kind === 'log') await amendLog(deps, lease, { ...head, bytes: data });
}

/** What may pass is 503; what should not have happened stays in the log of the server. */
function toProblem(deps: ReportDeps, error: unknown): NonNullable<DeliveryReply['problem']> {
  const known = toAppError(error);
  if (known.status >= 500) {
    const err = known.code === 'internal' ? error : known;
    deps.log.error({ err }, 'a report of a runner could not be taken');
  }
  const { code, message, hint } = known;
  const status = known.status >= 500 ? 503 : known.status;
  return { status, code, message, ...(hint === undefined ? {} : { hint }) };
}

function malformed(): AppError {
  return new AppError('invalid-request', 'The body is no delivery of reports.', {
    hint: 'Run the same release of Sortie on server and runner.',
  });
}
