import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as a fake Git service saw it. */
export interface FakeCall {
  readonly method: string;
  /** As it came, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The body as JSON, undefined when it is none. */
  readonly json: unknown;
}

export interface FakeReply {
  /** Default 200. */
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A route; the groups of the expression are given decoded. */
export interface FakeRoute {
  readonly method: string;
  readonly path: RegExp;
  reply(call: FakeCall, ...groups: readonly string[]): FakeReply;
}

export interface FakeService {
  /** Address with a slash at its end. */
  readonly url: string;
  readonly calls: readonly FakeCall[];
  /** Answers the next requests with these instead, in order. */
  interpose(...replies: readonly FakeReply[]): void;
  close(): Promise<void>;
}

/** A Git service over HTTP on this machine; port 0 = any free one. Sets a cookie with every answer, as real ones do. */
export async function openFakeService(
  routesAt: (url: string) => readonly FakeRoute[],
  wantedPort = 0,
): Promise<FakeService> {
  const calls: FakeCall[] = [];
  const interposed: FakeReply[] = [];
  let routes: readonly FakeRoute[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://fake.test');
    const body = Buffer.concat(chunks).toString('utf8');
    const call: FakeCall = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
      json: parse(body),
    };
    calls.push(call);
    const reply = interposed.shift() ?? answer(routes, call);
    const payload = reply.json === undefined ? (reply.text ?? '') : JSON.stringify(reply.json);
    const type = reply.json === undefined ? 'text/plain' : 'application/json';
    response.writeHead(reply.status ?? 200, {
      'content-type': type,
      'set-cookie': 'session=abc',
      ...reply.headers,
    });
    response.end(payload);
  });
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(wantedPort, '127.0.0.1', listening.resolve);
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  routes = routesAt(url);
  return {
    url,
    calls,
    interpose: (...replies) => {
      interposed.push(...replies);
    },
    async close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

/** The page where people let an application in: here everybody does at once, and the browser goes back with a code. */
export function authorizeRoute(path: RegExp): FakeRoute {
  return {
    method: 'GET',
    path,
    reply({ query }) {
      const back = URL.parse(query.get('redirect_uri') ?? '');
      if (back === null) return { status: 400, text: 'no redirect_uri' };
      back.searchParams.set('code', 'right');
      back.searchParams.set('state', query.get('state') ?? '');
      return { status: 302, headers: { location: back.href } };
    },
  };
}

function answer(routes: readonly FakeRoute[], call: FakeCall): FakeReply {
  for (const route of routes) {
    const groups = route.method === call.method ? route.path.exec(call.path) : null;
    if (groups !== null)
      return route.reply(call, ...groups.slice(1).map((group) => decodeURIComponent(group ?? '')));
  }
  return { status: 404, text: '<html>no such page</html>', headers: { 'content-type': 'text/html' } };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
