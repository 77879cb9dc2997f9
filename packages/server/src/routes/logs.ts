import { Readable } from 'node:stream';
import { getBuildLogs } from '@sortie/contract/logs';
import { AppError } from '@sortie/core/errors';
import { isDone } from '@sortie/core/status';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LogKey, LogStore } from '../logs/log-store.ts';
import type { Db } from '../store/db.ts';
import { findLog } from '../store/logs.ts';
import { type ByteRange, parseByteRange } from './byte-range.ts';
import { type Mount, notFound, repoOf } from './mount.ts';
import { requireStep, type StepView, stepNotBegun } from './step-view.ts';

/** What is in memory of a log at any time while it is sent. */
const CHUNK_BYTES = 256 * 1024;
const LINES_PER_READ = 1000;

export interface LogRouteDeps {
  readonly db: Db;
  readonly logs: LogStore;
}

export function mountLogRoutes(mount: Mount, deps: LogRouteDeps): void {
  mount(getBuildLogs, async (call) => {
    const view = await requireStep(deps.db, repoOf(call), call.params);
    const { size } = await deps.logs.progress(view.key);
    await requireLog(deps.db, view, size);
    if (wantsText(call.query.format, call.request.headers.accept)) {
      return sendText(deps.logs, view.key, size, call);
    }
    return call.reply
      .header('content-type', 'application/json')
      .serializer(String)
      .send(Readable.from(jsonLines(deps.logs, view.key), { objectMode: false }));
  });
}

/**
 * A step that was skipped or stopped before it ran has ended without having begun: `step-not-begun`. One that has
 * run and has no log lost it to a purge: `not-found`.
 */
async function requireLog(db: Db, { stage, step }: StepView, size: number): Promise<void> {
  if (size > 0 || step.status === 'running') return;
  const log = isDone(step.status) ? await findLog(db, step.id) : undefined;
  if (log !== undefined) return;
  const hasRun = isDone(step.status) && step.status !== 'skipped' && step.started > 0;
  if (!hasRun) throw stepNotBegun(step.status);
  // Its runner may be about to write it.
  if (!isDone(stage.status)) return;
  throw notFound('log any more');
}

function wantsText(format: string | undefined, accept: string | undefined): boolean {
  if (format !== undefined) return format === 'text';
  return accept !== undefined && /^\s*text\/plain\b/.test(accept);
}

/** The array of lines, a piece at a time. */
async function* jsonLines(logs: LogStore, key: LogKey): AsyncGenerator<string> {
  let next = 0;
  yield '[';
  for (;;) {
    const lines = await logs.readLines(key, { fromLine: next, limit: LINES_PER_READ });
    if (lines.length === 0) break;
    const separator = next === 0 ? '' : ',\n';
    yield separator + lines.map(({ pos, out, time }) => JSON.stringify({ pos, out, time })).join(',\n');
    next += lines.length;
  }
  yield ']\n';
}

function sendText(
  logs: LogStore,
  key: LogKey,
  size: number,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): FastifyReply {
  const range = parseByteRange(request.headers.range, size);
  reply.headers({ 'content-type': 'text/plain; charset=utf-8', 'accept-ranges': 'bytes' });
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`);
    throw new AppError(
      'range-unsatisfiable',
      `The log has ${size} bytes, and the range begins behind them.`,
      {
        hint: 'Ask again when more has been written, or without Range for everything.',
      },
    );
  }
  const { start, end } = range ?? { start: 0, end: size };
  if (range !== undefined) {
    reply.status(206).header('content-range', `bytes ${start}-${end - 1}/${size}`);
  }
  return reply
    .header('content-length', end - start)
    .send(Readable.from(readBytes(logs, key, { start, end }), { objectMode: false }));
}

async function* readBytes(logs: LogStore, key: LogKey, range: ByteRange): AsyncGenerator<Uint8Array> {
  let at = range.start;
  while (at < range.end) {
    const maxBytes = Math.min(CHUNK_BYTES, range.end - at);
    const { bytes } = await logs.read(key, { fromOffset: at, maxBytes });
    // The log was removed while it was sent: ending here makes the short answer visible to the client.
    if (bytes.length === 0) throw new Error(`the log ${key} ended at byte ${at} of ${range.end}`);
    at += bytes.length;
    yield bytes;
  }
}
