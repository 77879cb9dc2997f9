import type { Client, LogText } from '@sortie/sdk/client';
import { isNotFound } from '@sortie/sdk/errors';
import type { StepRef } from '@sortie/sdk/types';
import { wholeLines } from './log-buffer.ts';

export type LogPhase = 'loading' | 'live' | 'reconnecting' | 'done';

/** What reading a log gives: bytes to append in order, and where the reading stands. */
export type LogEvent =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'total'; readonly bytes: number }
  | { readonly type: 'phase'; readonly phase: LogPhase };

export interface ReadLogOptions {
  /** True while the step runs: what is stored comes first, then every new line. */
  readonly isRunning: boolean;
  readonly signal: AbortSignal;
}

const PAGE_BYTES = 4 * 1024 * 1024;

/** Reads a whole log, each byte once: stored pages by range, then the live lines that follow them. */
export async function* readLog(
  client: Pick<Client, 'logs' | 'streamLog'>,
  ref: StepRef,
  options: ReadLogOptions,
): AsyncGenerator<LogEvent> {
  const progress: Progress = { size: 0, lines: 0 };
  yield* readStored(client, ref, options, progress);
  if (options.isRunning) {
    yield* followLog(client, ref, options.signal, progress);
    // What was written between the last line that came and the end.
    yield* readStored(client, ref, { isRunning: false, signal: options.signal }, progress);
  }
  yield { type: 'phase', phase: 'done' };
}

interface Progress {
  size: number;
  lines: number;
}

async function* readStored(
  client: Pick<Client, 'logs'>,
  ref: StepRef,
  options: ReadLogOptions,
  progress: Progress,
): AsyncGenerator<LogEvent> {
  for (;;) {
    const page = await readPage(client, ref, { start: progress.size, ...options });
    const fresh = page.bytes.subarray(Math.max(0, progress.size - page.start));
    // A line that is still being written would come again, whole, from the stream.
    const bytes = options.isRunning ? wholeLines(fresh) : fresh;
    if (bytes.length > 0) yield { type: 'bytes', bytes };
    yield { type: 'total', bytes: page.total };
    progress.size += bytes.length;
    progress.lines += options.isRunning ? countLines(bytes) : 0;
    if (bytes.length === 0 || page.start + page.bytes.length >= page.total) return;
  }
}

async function readPage(
  client: Pick<Client, 'logs'>,
  ref: StepRef,
  options: ReadLogOptions & { readonly start: number },
): Promise<LogText> {
  const { start, signal, isRunning } = options;
  try {
    return await client.logs.text(ref, { start, length: PAGE_BYTES, signal });
  } catch (error) {
    // A step that has just begun may have nothing stored yet.
    if (isRunning && isNotFound(error)) return { start, bytes: new Uint8Array(), total: start };
    throw error;
  }
}

async function* followLog(
  client: Pick<Client, 'streamLog'>,
  ref: StepRef,
  signal: AbortSignal,
  progress: Progress,
): AsyncGenerator<LogEvent> {
  const encoder = new TextEncoder();
  const from = { fromPos: progress.lines, readsStored: false, signal };
  for await (const event of client.streamLog(ref, from)) {
    if (event.type === 'open') yield { type: 'phase', phase: 'live' };
    if (event.type === 'retry') yield { type: 'phase', phase: 'reconnecting' };
    if (event.type === 'line') {
      const bytes = encoder.encode(event.text);
      progress.size += bytes.length;
      yield { type: 'bytes', bytes };
    }
  }
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}
