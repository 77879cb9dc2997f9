import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';

export interface SocketOptions {
  readonly pingMs: number;
  /** Ends all sockets when the server closes. */
  readonly closing: AbortSignal;
  readonly log: { error(fields: Readonly<Record<string, unknown>>, message: string): void };
}

/** Sends one text and resolves when the network has taken it: a slow reader is waited for, and nothing is kept. */
export type SendText = (text: string) => Promise<void>;

export interface Sockets {
  /** True when the request asks for a WebSocket. */
  isUpgrade(request: FastifyRequest): boolean;
  /**
   * Answers with a WebSocket and runs `work`, whose signal aborts when the client has gone. The socket is closed
   * normally (1000) when `work` ends, and with 1011 when it fails.
   */
  accept(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (send: SendText, signal: AbortSignal) => Promise<void>,
  ): FastifyReply;
}

/** Clients have nothing to say, so a longer message ends the connection (api-legacy.md 3.13). */
const MAX_MESSAGE_BYTES = 512;
/** So many pings without an answer end it. */
const MISSED_PINGS = 2;
const FAILED = 1011;
const GOING_AWAY = 1001;

/**
 * Lets routes answer with WebSockets: a request to upgrade goes through the routes like every other one, with all
 * their checks, and is upgraded by its handler. Everything else is answered over HTTP.
 */
export function createSockets(app: FastifyInstance, options: SocketOptions): Sockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  });
  const waiting = new WeakMap<IncomingMessage, Upgrade>();
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const response = new ServerResponse(request);
    socket.on('error', () => socket.destroy());
    // The types of Node want a TCP socket; every duplex stream will do.
    response.assignSocket(socket as never);
    response.shouldKeepAlive = false;
    response.once('finish', () => socket.end());
    waiting.set(request, { socket, head, response });
    app.routing(request, response);
  });
  return {
    isUpgrade: (request) => waiting.has(request.raw),
    accept(request, reply, work) {
      const upgrade = waiting.get(request.raw);
      if (upgrade === undefined) throw new TypeError('the request does not ask for a WebSocket');
      reply.hijack();
      upgrade.response.detachSocket(upgrade.socket as never);
      server.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (socket) => {
        void serve(options, socket, work);
      });
      return reply;
    },
  };
}

interface Upgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly response: ServerResponse;
}

/** Never rejects. */
async function serve(
  { closing, pingMs, log }: SocketOptions,
  socket: WebSocket,
  work: (send: SendText, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  // A broken connection is closed by ws itself, which ends the work.
  socket.on('error', () => socket.terminate());
  const pings = keepAlive(socket, pingMs);
  try {
    await work((text) => sendText(socket, text), AbortSignal.any([gone.signal, closing]));
    socket.close(closing.aborted ? GOING_AWAY : 1000);
  } catch (err) {
    if (!gone.signal.aborted) log.error({ err }, 'a WebSocket failed');
    socket.close(FAILED);
  } finally {
    clearInterval(pings);
  }
}

function keepAlive(socket: WebSocket, pingMs: number): NodeJS.Timeout {
  let missed = 0;
  socket.on('pong', () => {
    missed = 0;
  });
  return setInterval(() => {
    if (missed >= MISSED_PINGS) return socket.terminate();
    missed += 1;
    socket.ping();
  }, pingMs);
}

/** Whoever has gone takes nothing any more; the signal tells the work. */
function sendText(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => socket.send(text, () => resolve()));
}
