import { ScmError } from './errors.ts';
import { redact } from './evidence.ts';
import { delayOf, isConnectionTrouble, rateLimitOf, TRANSIENT } from './retry.ts';
import type { Wire, WireResponse } from './wire.ts';

export interface ScmRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Relative to the base, built with `joinPath`; or an absolute address on one of the origins. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Body as JSON; or `form` as `application/x-www-form-urlencoded`. */
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** Bytes; default 10 MiB. */
  readonly maxBytes?: number;
  /** Code of the error when the answer is larger. Default `malformed`. */
  readonly oversize?: 'malformed' | 'validation';
  /** Tries on transient failures. Default 3 for GET and HEAD, 1 otherwise: nothing else is safe to repeat. */
  readonly tries?: number;
  /** `false` returns 3xx as they are. */
  readonly followsRedirects?: boolean;
  /** What changes something is sent again to where the thing has moved to; not after an answer that means "done". */
  readonly followsMoves?: boolean;
  /** Sees each chunk of a 2xx answer; `true` ends the reading. The answer then has an empty body. */
  readonly createReader?: () => (chunk: Uint8Array) => boolean;
}

export interface ScmResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  /** For the log: the beginning of the body without the secrets of the request. */
  readonly evidence: string;
}

/** Sends requests to one Git service. Any final status is an answer; `expectOk` makes errors of them. */
export interface Transport {
  readonly base: URL;
  send(request: ScmRequest): Promise<ScmResponse>;
}

export interface TransportOptions {
  /** Address that the server itself uses, with a slash at its end. */
  readonly base: URL;
  /** Further origins that requests and credentials may go to. */
  readonly origins?: readonly string[];
  readonly wire: Wire;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds; rejects when the signal aborts. */
  readonly sleep?: (duration: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds for the whole call, retries included. Default 30,000. */
  readonly timeout?: number;
}

const TIMEOUT = 30_000;
const MAX_BYTES = 10 * 1024 * 1024;
const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

interface Call extends ScmRequest {
  readonly method: NonNullable<ScmRequest['method']>;
  readonly url: URL;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 at which the call gives up. */
  readonly deadline: number;
}

interface Deps {
  readonly wire: Wire;
  readonly now: () => number;
  readonly sleep: (duration: number, signal: AbortSignal) => Promise<void>;
  readonly origins: ReadonlySet<string>;
}

/** A client that keeps the rules for outgoing calls: timeouts, caps, retries, redirects. It keeps no cookies. */
export function createTransport(options: TransportOptions): Transport {
  const now = options.now ?? Date.now;
  const origins = new Set([options.base.origin, ...(options.origins ?? [])]);
  const deps: Deps = { wire: options.wire, now, sleep: options.sleep ?? rest, origins };
  const timeout = options.timeout ?? TIMEOUT;
  return {
    base: options.base,
    async send(request) {
      const method = request.method ?? 'GET';
      const url = addressOf(options.base, request, origins);
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(new Error('timeout')), timeout);
      const call: Call = { ...request, method, url, signal: controller.signal, deadline: now() + timeout };
      try {
        return await sendWithRetries(call, deps);
      } finally {
        clearTimeout(timer);
        controller.abort();
      }
    },
  };
}

function addressOf(base: URL, request: ScmRequest, origins: ReadonlySet<string>): URL {
  const url = URL.parse(request.path, base);
  if (url === null || !origins.has(url.origin) || url.username !== '' || url.password !== '')
    throw new ScmError('malformed', 'The address is not one of the Git service.');
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

async function sendWithRetries(call: Call, deps: Deps): Promise<ScmResponse> {
  const isRepeatable = call.method === 'GET' || call.method === 'HEAD';
  const tries = isRepeatable ? (call.tries ?? 3) : 1;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await sendOnce(call, deps);
    const isFinal = outcome instanceof ScmError ? outcome.code !== 'unavailable' : !needsRetry(outcome);
    if (isFinal && outcome instanceof ScmError) throw outcome;
    if (isFinal && !(outcome instanceof ScmError)) return withoutRateLimit(outcome, deps);
    const headers = outcome instanceof ScmError ? undefined : outcome.headers;
    const delay = delayOf(headers, attempt, deps.now());
    if (attempt >= tries || deps.now() + delay >= call.deadline || call.signal.aborted)
      throw outcome instanceof ScmError ? outcome : transientFailure(outcome, delay, deps);
    await deps.sleep(delay, call.signal);
  }
}

function needsRetry(response: ScmResponse): boolean {
  return TRANSIENT.has(response.status);
}

/** A 403 that is really a rate limit. */
function withoutRateLimit(response: ScmResponse, { now }: Deps): ScmResponse {
  const retryAt = rateLimitOf(response, now());
  if (retryAt === undefined) return response;
  throw new ScmError('rate-limited', 'The Git service limits how many calls it takes.', {
    hint: 'Wait until the limit ends.',
    status: response.status,
    retryAt,
    evidence: response.evidence,
  });
}

function transientFailure(response: ScmResponse, delay: number, deps: Deps): ScmError {
  const retryAt = Math.ceil((deps.now() + delay) / 1000);
  const details = { status: response.status, evidence: response.evidence, retryAt };
  if (response.status === 429)
    return new ScmError('rate-limited', 'The Git service limits how many calls it takes.', details);
  return new ScmError('unavailable', 'The Git service is not available.', details);
}

/** The answer, or the reason why there is none; throws nothing but programming errors. */
async function sendOnce(call: Call, deps: Deps): Promise<ScmResponse | ScmError> {
  try {
    return await follow(call, deps);
  } catch (cause) {
    if (cause instanceof ScmError) return cause;
    if (call.signal.aborted)
      return new ScmError('unavailable', 'The Git service did not answer in time.', { cause });
    if (!isConnectionTrouble(cause))
      return new ScmError('malformed', 'The answer of the Git service cannot be read.', { cause });
    const hint = 'Check the address, the certificate and that the service is running.';
    return new ScmError('unavailable', 'The Git service cannot be reached.', { cause, hint });
  }
}

async function follow(call: Call, deps: Deps): Promise<ScmResponse> {
  let url = call.url;
  for (let hops = 0; ; hops += 1) {
    const answer = await deps.wire(url, { ...wireInit(call), signal: call.signal, redirect: 'manual' });
    const location = answer.headers.get('location');
    const isRedirect = REDIRECTS.has(answer.status) && location !== null && call.followsRedirects !== false;
    if (!isRedirect) return collect(answer, url, call);
    await discard(answer);
    if (hops === MAX_REDIRECTS) throw new ScmError('malformed', 'The Git service redirects in a circle.');
    const isMove = call.followsMoves === true && answer.status !== 302 && answer.status !== 303;
    url = redirectTarget(url, location, isMove || /^(GET|HEAD)$/.test(call.method), deps.origins);
  }
}

/** `Authorization` goes along, so the target must be an origin that was configured. */
function redirectTarget(from: URL, location: string, mayFollow: boolean, origins: ReadonlySet<string>): URL {
  const target = URL.parse(location, from);
  const isAllowed = target !== null && origins.has(target.origin) && target.host === from.host;
  if (isAllowed && mayFollow) return target;
  throw new ScmError('malformed', 'The Git service redirects to another address.', {
    hint: 'Set the address of the service to the one that it redirects to.',
  });
}

function wireInit(call: Call): { method: string; headers: Record<string, string>; body?: string } {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'user-agent': 'Sortie',
    ...call.headers,
  };
  if (call.json !== undefined) {
    headers['content-type'] = 'application/json';
    return withLength(call.method, headers, JSON.stringify(call.json));
  }
  if (call.form !== undefined) {
    headers['content-type'] = 'application/x-www-form-urlencoded';
    return withLength(call.method, headers, new URLSearchParams(call.form).toString());
  }
  return { method: call.method, headers };
}

function withLength(method: string, headers: Record<string, string>, body: string) {
  headers['content-length'] = String(Buffer.byteLength(body));
  return { method, headers, body };
}

async function collect(answer: WireResponse, url: URL, call: Call): Promise<ScmResponse> {
  const limit = call.maxBytes ?? MAX_BYTES;
  const isOk = answer.status >= 200 && answer.status < 300;
  const read = isOk ? call.createReader?.() : undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength;
    if (size > limit)
      throw new ScmError(call.oversize ?? 'malformed', 'The answer of the Git service is too large.');
    if (read === undefined) chunks.push(chunk);
    else if (read(chunk)) break;
  }
  const body = Buffer.concat(chunks);
  const evidence = isOk ? '' : redact(body, call.headers ?? {});
  return { status: answer.status, headers: answer.headers, body, url, evidence };
}

/** Ends the answer without reading it: leaving the loop closes the stream. */
async function discard(answer: WireResponse): Promise<void> {
  for await (const _ of answer.body ?? []) break;
}

function rest(duration: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => {
    clearTimeout(timer);
    reject(new ScmError('unavailable', 'The Git service did not answer in time.'));
  };
  const timer = setTimeout(() => {
    signal.removeEventListener('abort', stop);
    resolve();
  }, duration);
  signal.addEventListener('abort', stop, { once: true });
  return promise;
}
