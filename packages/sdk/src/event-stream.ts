import { SortieError } from './errors.ts';
import { createSseParser, type SseMessage } from './sse.ts';
import { isTransient, type Transport } from './transport.ts';

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Continue after this message. */
  readonly lastEventId?: string;
  /** Silence after which the connection counts as dead; the server pings every 30 s. Default 75,000. */
  readonly idleMs?: number;
}

/** What happens on a stream: a connection opened, a message came, or a connection broke and a wait begins. */
export type StreamEvent =
  | { readonly type: 'open'; readonly isReconnect: boolean }
  | { readonly type: 'message'; readonly message: SseMessage }
  | { readonly type: 'retry'; readonly failures: number; readonly delayMs: number; readonly error: unknown };

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** The greeting comes in one or two pieces; the third is a ping or a message. */
const LASTING_PIECES = 3;

interface Progress {
  lastEventId: string;
  /** Pieces received on the current connection. */
  pieces: number;
}

/**
 * Reads a stream until the server's `event: error`, `data: eof`, which ends it normally. A dropped connection is
 * opened again with `Last-Event-ID` after 0.5 s, doubling to 30 s, with jitter. Refusals (401, 403, 404, …)
 * throw. Leaving the loop closes the connection.
 */
export async function* readEventStream(
  transport: Transport,
  path: string,
  options: StreamOptions,
): AsyncGenerator<StreamEvent> {
  const progress: Progress = { lastEventId: options.lastEventId ?? '', pieces: 0 };
  let failures = 0;
  for (let opened = 0; ; opened += 1) {
    let cause: unknown;
    try {
      for await (const item of readConnection({ transport, progress }, path, options)) {
        if (item === 'open') {
          yield { type: 'open', isReconnect: opened > 0 };
          continue;
        }
        failures = 0;
        if (item.event === 'error' && item.data === 'eof') return;
        yield { type: 'message', message: item };
      }
    } catch (error) {
      if (options.signal?.aborted === true || !(error instanceof SortieError) || !mayReopen(error))
        throw error;
      cause = error;
    }
    // Only what goes on arriving proves that a stream works: a proxy may answer 200 and close at once, for ever.
    failures = progress.pieces >= LASTING_PIECES ? 1 : failures + 1;
    const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
    const delayMs = ceiling * (0.5 + transport.random() / 2);
    yield { type: 'retry', failures, delayMs, error: cause };
    await transport.wait(delayMs, options.signal);
  }
}

function mayReopen(error: SortieError): boolean {
  return isTransient(error) || error.status >= 500;
}

async function* readConnection(
  { transport, progress }: { readonly transport: Transport; readonly progress: Progress },
  path: string,
  options: StreamOptions,
): AsyncGenerator<SseMessage | 'open'> {
  progress.pieces = 0;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const idle = idleTimer(options.idleMs ?? 75_000, stop);
  try {
    const response = await transport.request('GET', path, {
      headers: { accept: 'text/event-stream', ...resumeHeader(progress.lastEventId) },
      signal,
      timeoutMs: 0,
      canRetry: false,
    });
    yield 'open';
    const parser = createSseParser(progress.lastEventId);
    const decoder = new TextDecoder();
    for await (const bytes of chunksOf(response)) {
      idle.touch();
      const messages = parser.push(decoder.decode(bytes, { stream: true }));
      progress.pieces += 1;
      progress.lastEventId = parser.lastEventId;
      yield* messages;
    }
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    if (error instanceof SortieError) throw error;
    throw new SortieError('The stream broke off.', { kind: 'network', method: 'GET', path, cause: error });
  } finally {
    idle.stop();
    stop.abort();
  }
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } finally {
    reader.releaseLock();
  }
}

function resumeHeader(lastEventId: string): Record<string, string> {
  return lastEventId === '' ? {} : { 'last-event-id': lastEventId };
}

function idleTimer(idleMs: number, controller: AbortController): { touch(): void; stop(): void } {
  const expire = () =>
    controller.abort(
      new SortieError('The stream fell silent.', { kind: 'timeout', method: 'GET', path: '' }),
    );
  let timer = setTimeout(expire, idleMs);
  return {
    touch() {
      clearTimeout(timer);
      timer = setTimeout(expire, idleMs);
    },
    stop: () => clearTimeout(timer),
  };
}
