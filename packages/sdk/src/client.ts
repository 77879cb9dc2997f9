import { SortieError } from './errors.ts';
import type { StreamOptions } from './event-stream.ts';
import { repoPath, whole } from './paths.ts';
import {
  type BuildStreamEvent,
  type LogStreamEvent,
  type LogStreamOptions,
  logPath,
  storedLines,
  streamBuilds,
  streamLog,
} from './streams.ts';
import { type ClientOptions, createTransport, type RequestOptions, type Transport } from './transport.ts';
import type {
  Build,
  BuildConfig,
  CreatedToken,
  LogLine,
  NewToken,
  Repo,
  StepRef,
  Token,
  User,
} from './types.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ListBuildsOptions extends CallOptions {
  /** From 1. */
  readonly page?: number;
  /** 1 to 100; 25 by default. */
  readonly perPage?: number;
  readonly branch?: string;
  readonly tag?: string;
}

export interface LogTextOptions extends CallOptions {
  /** First byte wanted. */
  readonly start?: number;
  /** How many bytes at most. */
  readonly length?: number;
}

/** A piece of a raw log. `total` is the size of the whole in bytes. */
export interface LogText {
  readonly start: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly total: number;
}

export type Client = ReturnType<typeof createClient>;

/**
 * A client of one server. It holds no connection and no state; repositories are named `owner/name`. Every call
 * rejects with a `SortieError`, or with the signal's reason when that fires.
 */
export function createClient(options: ClientOptions) {
  const transport = createTransport(options);
  return {
    me: meCalls(transport),
    tokens: tokenCalls(transport),
    repos: {
      get: (slug: string, call: CallOptions = {}) =>
        transport.json<Repo>('GET', `/api/repos/${repoPath(slug)}`, call),
    },
    builds: buildCalls(transport),
    logs: logCalls(transport),
    session: sessionCalls(transport),
    streamBuilds: (stream?: StreamOptions): AsyncGenerator<BuildStreamEvent> =>
      streamBuilds(transport, stream),
    streamLog: (ref: StepRef, stream?: LogStreamOptions): AsyncGenerator<LogStreamEvent> =>
      streamLog(transport, ref, stream),
    /** For routes without a method of their own; names stay as on the wire. */
    request: (method: string, path: string, request?: RequestOptions) =>
      transport.request(method, path, request),
  };
}

function meCalls(transport: Transport) {
  return {
    get: (call: CallOptions = {}) => transport.json<User>('GET', '/api/user', call),
    /** Repositories with a permission row; `latest` adds the newest build of each. */
    repos: ({ latest, signal }: CallOptions & { readonly latest?: boolean } = {}) =>
      transport.json<readonly Repo[]>('GET', '/api/user/repos', { query: { latest }, signal }),
  };
}

function tokenCalls(transport: Transport) {
  return {
    list: (call: CallOptions = {}) => transport.json<readonly Token[]>('GET', '/api/user/tokens', call),
    create: (token: NewToken, call: CallOptions = {}) =>
      transport.json<CreatedToken>('POST', '/api/user/tokens', { json: token, ...call }),
    async remove(id: number, call: CallOptions = {}): Promise<void> {
      await discard(transport.request('DELETE', `/api/user/tokens/${whole(id)}`, call));
    },
  };
}

function buildCalls(transport: Transport) {
  const base = (slug: string) => `/api/repos/${repoPath(slug)}/builds`;
  const list = (slug: string, { page, perPage, branch, tag, signal }: ListBuildsOptions = {}) =>
    transport.json<readonly Build[]>('GET', base(slug), {
      query: { page, per_page: perPage, branch, tag },
      signal,
    });
  return {
    list,
    /** Builds from the newest on, page by page as they are asked for, at most `max`. */
    async *all(
      slug: string,
      options: ListBuildsOptions & { readonly max?: number } = {},
    ): AsyncGenerator<Build> {
      const perPage = options.perPage ?? 50;
      let left = options.max ?? Number.POSITIVE_INFINITY;
      for (let page = options.page ?? 1; left > 0; page += 1) {
        const builds = await list(slug, { ...options, page, perPage });
        yield* builds.slice(0, left);
        left -= builds.length;
        if (builds.length < perPage) return;
      }
    },
    get: (slug: string, number: number, call: CallOptions = {}) =>
      transport.json<Build>('GET', `${base(slug)}/${whole(number)}`, call),
    config: (slug: string, number: number, call: CallOptions = {}) =>
      transport.json<BuildConfig>('GET', `${base(slug)}/${whole(number)}/config`, call),
    /** Ends a build; harmless when it has ended already. */
    cancel: (slug: string, number: number, call: CallOptions = {}) =>
      transport.json<Build>('DELETE', `${base(slug)}/${whole(number)}`, call),
  };
}

function logCalls(transport: Transport) {
  return {
    lines: (ref: StepRef, { signal }: CallOptions = {}): Promise<readonly LogLine[]> =>
      storedLines(transport, ref, signal),
    text: (ref: StepRef, call: LogTextOptions = {}) => readText(transport, ref, call),
    /** Where a browser downloads the raw log. */
    textPath: (ref: StepRef) => `${logPath(ref)}?format=text`,
  };
}

function sessionCalls(transport: Transport) {
  return {
    /** Turns the token of a one-time sign-in link into a session cookie. */
    async openLink(token: string, call: CallOptions = {}): Promise<void> {
      await discard(transport.request('POST', '/login/link', { json: { token }, ...call }));
    },
    async close(call: CallOptions = {}): Promise<void> {
      await discard(transport.request('POST', '/logout', call));
    },
  };
}

async function readText(transport: Transport, ref: StepRef, options: LogTextOptions): Promise<LogText> {
  const start = options.start ?? 0;
  const end = options.length === undefined ? '' : String(start + options.length - 1);
  const isPart = start > 0 || options.length !== undefined;
  try {
    const response = await transport.request('GET', logPath(ref), {
      query: { format: 'text' },
      headers: { accept: 'text/plain', ...(isPart ? { range: `bytes=${start}-${end}` } : {}) },
      signal: options.signal,
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
    if (response.status === 206 && range !== null) {
      return { start: Number(range[1]), bytes, total: Number(range[2]) };
    }
    return { start: 0, bytes, total: bytes.length };
  } catch (error) {
    // Nothing lies at or after `start`: the log ends there.
    if (!(error instanceof SortieError) || error.status !== 416) throw error;
    return { start, bytes: new Uint8Array(), total: start };
  }
}

/** Waits for the answer and drops its body, which would otherwise hold the connection. */
async function discard(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  await response.body?.cancel();
}
