import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { AppError } from '@sortie/core/errors';
import type { FastifyReply } from 'fastify';
import type { ErrorLog } from '../errors.ts';

const PING = ': ping\n\n';
/** Clients end exactly at this event; anything else makes a browser come back. */
const END = 'event: error\ndata: eof\n\n';

export interface StreamOptions {
  /** Proxies close connections on which nothing moves. */
  readonly pingMs: number;
  readonly lifetimeMs: number;
  /** Aborts when the server stops. */
  readonly closing: AbortSignal;
  readonly log: ErrorLog;
}

/** The text of one message; `data` is a line of JSON. */
export function formatEvent(id: number, data: string): string {
  return `id: ${id}\ndata: ${data}\n\n`;
}

/** Sets the reader's position without a message, so that it can come back to it. */
export function formatPosition(id: number): string {
  return `id: ${id}\n\n`;
}

/**
 * Answers with server-sent events (api-v1.md 5.1) until `source` ends, the client leaves, the lifetime is over or
 * the server stops. The next piece is asked for only when the client has taken the one before. The end marker is
 * sent when the source has ended or the lifetime is over, not when the server stops: then readers come back.
 */
export async function sendEvents(
  options: StreamOptions,
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<string | Uint8Array>,
): Promise<FastifyReply> {
  const { raw } = reply.hijack();
  const gone = new AbortController();
  const expired = new AbortController();
  raw.once('close', () => gone.abort());
  for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...STREAM_HEADERS })) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200);
  raw.write(PING);
  const ping = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(PING);
  }, options.pingMs);
  const lifetime = setTimeout(() => expired.abort(), options.lifetimeMs);
  const stop = AbortSignal.any([gone.signal, expired.signal, options.closing]);
  try {
    for await (const piece of source(stop)) {
      if (stop.aborted) break;
      if (!raw.write(piece)) await drained(raw, stop);
    }
    raw.end(options.closing.aborted ? '' : END);
  } catch (error) {
    // A refusal is an answer like others; the next request of this client is told the same.
    const isRefusal = error instanceof AppError && error.status < 500;
    if (!isRefusal) {
      options.log.error({ requestId: reply.request.id, err: error }, 'an event stream failed');
    }
    // Without the end marker the client comes back and goes on where it was.
    raw.end();
  } finally {
    clearInterval(ping);
    clearTimeout(lifetime);
  }
  return reply;
}

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  'x-accel-buffering': 'no',
};

async function drained(raw: ServerResponse, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await once(raw, 'drain', { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
