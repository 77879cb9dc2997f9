import { errorFromResponse, SortieError } from './errors.ts';

export interface ClientOptions {
  /** Address of the server, for example `https://ci.example.com`; a path prefix is kept. */
  readonly baseUrl: string;
  /** An API token. Browsers leave it out: the session cookie is sent to the own origin. */
  readonly token?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** How long one try may take. Default 30,000. Streams have their own limit. */
  readonly timeoutMs?: number;
  /** Tries of a request that may be repeated. Default 4. */
  readonly attempts?: number;
  /** Waits between tries; rejects when the signal fires. Injected by tests. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** A number in [0, 1) that spreads the waits. */
  readonly random?: () => number;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Overrides the limit of one try; 0 = none, for streams. */
  readonly timeoutMs?: number;
  /** False when the caller repeats on its own. */
  readonly canRetry?: boolean;
}

/** Sends requests: credentials, limits, repetition and errors are settled here and nowhere else. */
export interface Transport {
  request(method: string, path: string, options?: RequestOptions): Promise<Response>;
  json<T>(method: string, path: string, options?: RequestOptions): Promise<T>;
  readonly wait: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly random: () => number;
}

const RETRY_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);
const RETRY_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);
const BASE_DELAY_MS = 250;
const MAX_DELAY_MS = 8_000;

export function createTransport(options: ClientOptions): Transport {
  const base = options.baseUrl.replace(/\/+$/, '');
  const send = options.fetch ?? globalThis.fetch.bind(globalThis);
  const wait = options.wait ?? waitFor;
  const random = options.random ?? Math.random;
  const credentials: Record<string, string> =
    options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };

  async function attempt(method: string, path: string, request: RequestOptions): Promise<Response> {
    const limit = request.timeoutMs ?? options.timeoutMs ?? 30_000;
    const init: RequestInit = {
      method,
      headers: {
        accept: 'application/json',
        ...jsonHeader(request.json),
        ...credentials,
        ...request.headers,
      },
      signal: anySignal(request.signal, limit),
      credentials: 'same-origin',
      ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
    };
    let response: Response;
    try {
      response = await send(`${base}${path}${queryText(request.query)}`, init);
    } catch (error) {
      throw networkError(error, { method, path, signal: request.signal });
    }
    if (response.ok) return response;
    throw await errorFromResponse(response, { method, path });
  }

  async function request(method: string, path: string, given: RequestOptions = {}): Promise<Response> {
    const mayRepeat = (given.canRetry ?? true) && RETRY_METHODS.has(method);
    const last = mayRepeat ? (options.attempts ?? 4) : 1;
    for (let tried = 1; ; tried += 1) {
      given.signal?.throwIfAborted();
      try {
        return await attempt(method, path, given);
      } catch (error) {
        if (!(error instanceof SortieError) || tried >= last || !isTransient(error)) throw error;
        const ceiling = Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (tried - 1));
        await wait(error.retryAfterMs ?? ceiling * random(), given.signal);
      }
    }
  }

  async function json<T>(method: string, path: string, given?: RequestOptions): Promise<T> {
    const response = await request(method, path, given);
    try {
      return (await response.json()) as T;
    } catch (error) {
      given?.signal?.throwIfAborted();
      throw new SortieError('The server sent an answer that is not JSON.', {
        kind: 'decode',
        method,
        path,
        status: response.status,
        cause: error,
      });
    }
  }

  return { request, json, wait, random };
}

/** True for failures that may be gone in a moment. */
export function isTransient(error: SortieError): boolean {
  return error.kind === 'network' || error.kind === 'timeout' || RETRY_STATUS.has(error.status);
}

function networkError(
  error: unknown,
  at: { readonly method: string; readonly path: string; readonly signal: AbortSignal | undefined },
): unknown {
  if (at.signal?.aborted === true) return at.signal.reason;
  const isTimeout = error instanceof Error && error.name === 'TimeoutError';
  const message = isTimeout ? 'The server did not answer in time.' : 'The server cannot be reached.';
  return new SortieError(message, {
    kind: isTimeout ? 'timeout' : 'network',
    method: at.method,
    path: at.path,
    hint: 'Check the address and the network, then try again.',
    cause: error,
  });
}

function jsonHeader(body: unknown): Record<string, string> {
  return body === undefined ? {} : { 'content-type': 'application/json' };
}

function anySignal(signal: AbortSignal | undefined, limitMs: number): AbortSignal | null {
  const limits = limitMs > 0 ? [AbortSignal.timeout(limitMs)] : [];
  const all = signal === undefined ? limits : [signal, ...limits];
  return all.length === 0 ? null : AbortSignal.any(all);
}

function queryText(query: Query | undefined): string {
  if (query === undefined) return '';
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) params.set(name, String(value));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** Resolves after `ms`; rejects with the signal's reason as soon as it fires. */
export function waitFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
