import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** One request to the server. */
export interface RpcRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below `/rpc/v2`, or below `prefix` where one is given. */
  readonly path: string;
  readonly prefix?: string;
  /** Nothing is said about the body unless given, as by official runners. */
  readonly contentType?: string;
  /** The body in pieces, and its length in bytes. */
  readonly body?: { readonly bytes: number; readonly parts: () => Iterable<Uint8Array> };
  /** The server has so long for the whole answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface RpcAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Carries requests to one server. */
export interface Transport {
  /** Rejects when no complete answer has come, or with the reason of the signal. */
  send(request: RpcRequest): Promise<RpcAnswer>;
  /** Closes idle connections. */
  close(): void;
}

export interface TransportOptions {
  /** Scheme, host and an optional path, without a trailing slash. */
  readonly baseUrl: string;
  readonly secret: string;
  /** Any certificate will do (`DRONE_RPC_SKIP_VERIFY`). */
  readonly skipVerify: boolean;
  /** `HTTP_PROXY` and its like; none unless given. */
  readonly proxies?: Readonly<Record<string, string | undefined>>;
}

/** Contexts of builds are some kilobytes; pipeline files are below this too. */
const MAX_ANSWER_BYTES = 64 * 2 ** 20;

export function createTransport(options: TransportOptions): Transport {
  const { baseUrl, secret, skipVerify, proxies = {} } = options;
  const isTls = baseUrl.startsWith('https:');
  const common = { keepAlive: true, proxyEnv: { ...proxies } };
  const agent = isTls
    ? new HttpsAgent({ ...common, rejectUnauthorized: !skipVerify })
    : new HttpAgent(common);
  const open = isTls ? httpsRequest : httpRequest;

  return {
    close: () => agent.destroy(),

    send(call) {
      const { promise, resolve, reject } = Promise.withResolvers<RpcAnswer>();
      const signal = AbortSignal.any([call.signal, AbortSignal.timeout(call.timeoutMs)]);
      const headers = {
        'x-drone-token': secret,
        ...(call.contentType === undefined ? {} : { 'content-type': call.contentType }),
        ...(call.body === undefined && call.method === 'GET'
          ? {}
          : { 'content-length': call.body?.bytes ?? 0 }),
      };
      const url = `${baseUrl}${call.prefix ?? '/rpc/v2'}${call.path}`;
      const request = open(url, { method: call.method, headers, agent, signal }, (response) => {
        const { statusCode: status = 0, headers: given } = response;
        readText(response).then((text) => resolve({ status, text, headers: given }), reject);
      });
      // Node reports every abort alike; the caller wants to know whose it was.
      request.on('error', (error) => reject(call.signal.aborted ? call.signal.reason : error));
      writeParts(request, call.body?.parts() ?? []).catch(reject);
      return promise;
    },
  };
}

async function writeParts(
  request: ReturnType<typeof httpRequest>,
  parts: Iterable<Uint8Array>,
): Promise<void> {
  for (const part of parts) {
    if (request.destroyed) return;
    if (!request.write(part)) await drained(request);
  }
  request.end();
}

/** Resolves also when the request is over, whose own event says why. */
function drained(request: ReturnType<typeof httpRequest>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off('drain', done).off('close', done);
      resolve();
    };
    request.on('drain', done).on('close', done);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** A JSON body as official runners send it: compact, with a newline at the end. */
export function jsonBody(value: unknown): RpcRequest['body'] {
  const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
  return { bytes: bytes.length, parts: () => [bytes] };
}
