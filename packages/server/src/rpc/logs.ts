import { AppError } from '@sortie/core/errors';
import { isDone } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { type LogPieces, type LogStore, logKey } from '../logs/log-store.ts';
import type { Db } from '../store/db.ts';
import { insertLog, upsertLog } from '../store/logs.ts';
import { readRpcLines } from './log-lines.ts';
import { createLinePacker } from './log-lines-pack.ts';

/** A step that a runner has been given. */
export interface RpcStep {
  readonly repoId: number;
  readonly buildId: number;
  readonly step: Pick<Step, 'id' | 'status' | 'stopped'>;
}

export interface RpcLogDeps {
  readonly db: Db;
  readonly logs: LogStore;
  /** What a log may hold. */
  readonly limitBytes: number;
  /** Unix seconds. */
  readonly now: () => number;
  /** The step, when the runner with this key was given its stage, whatever has become of that since. */
  readonly stepOf: (runnerKey: string, stepId: number) => Promise<RpcStep | undefined>;
}

export interface RpcLogCall {
  readonly runnerKey: string;
  readonly stepId: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** So long after its end a step still takes logs and cards (runner-protocol.md 5.4). */
const LATE_SECONDS = 24 * 3600;
/** Official runners send at most what a step writes in a second; a batch beyond this is cut, the upload has it all. */
const MAX_BATCH_BYTES = 32 * 2 ** 20;
/** Five times what an official runner can send at most; who sends more does not mean well. */
const MAX_BODY_BYTES = 2 ** 30;

/**
 * A batch of lines for the log of a step, stored at once, so that the log of a runner that dies can be read. Lines
 * that are known already are dropped; a batch for a step that is not the runner's is read and thrown away. Throws
 * `invalid-request` for a body that is no batch, and then stores nothing.
 */
export async function takeLogBatch(deps: RpcLogDeps, call: RpcLogCall): Promise<void> {
  const target = await writableStep(deps, call);
  const packer = createLinePacker('batch');
  const batch: LogPieces[] = [];
  let room = target === undefined ? 0 : MAX_BATCH_BYTES;
  for await (const lines of readRpcLines(bounded(call.body))) {
    for (const pieces of packer.pack(lines)) {
      room -= pieces.bytes.length;
      if (room >= 0) batch.push(pieces);
    }
  }
  if (target === undefined || batch.length === 0) return;
  const key = keyOf(target);
  await insertLog(deps.db, { stepId: call.stepId, fileKey: key });
  for (const pieces of batch) await deps.logs.appendPieces(key, pieces, deps);
}

/**
 * The whole log of a step, or its end when the runner has not kept all: it takes the place of what batches brought, of
 * which only what lies before its first line stays. Throws `invalid-request` for a body that is no log, and then
 * changes nothing; too long a log is cut, as a refusal would fail the step. The last complete upload counts.
 */
export async function takeLogUpload(deps: RpcLogDeps, call: RpcLogCall): Promise<void> {
  const target = await writableStep(deps, call);
  const packer = createLinePacker('upload');
  const body = readRpcLines(bounded(call.body));
  if (target === undefined) {
    for await (const lines of body) packer.pack(lines);
    return;
  }
  const fileKey = keyOf(target);
  const stored = await deps.logs.replacePieces(fileKey, deps, async (add) => {
    for await (const lines of body) for (const pieces of packer.pack(lines)) await add(pieces);
  });
  const { stepId } = call;
  if (!stored.isClosed && !isDone(target.step.status)) return insertLog(deps.db, { stepId, fileKey });
  const { size, lines } = await deps.logs.close(fileKey);
  await upsertLog(deps.db, { stepId, fileKey, size, lines, isClosed: true, omitted: 0 });
}

/** `undefined` when what comes for it is thrown away. */
export async function writableStep(
  deps: Pick<RpcLogDeps, 'stepOf' | 'now'>,
  call: Pick<RpcLogCall, 'runnerKey' | 'stepId'>,
): Promise<RpcStep | undefined> {
  const found = await deps.stepOf(call.runnerKey, call.stepId);
  if (found === undefined || !isDone(found.step.status)) return found;
  return deps.now() - found.step.stopped > LATE_SECONDS ? undefined : found;
}

function keyOf({ repoId, buildId, step }: RpcStep): string {
  return logKey({ repoId, buildId, stepId: step.id });
}

async function* bounded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new AppError('invalid-request', 'The body has no end.');
    yield chunk;
  }
}
