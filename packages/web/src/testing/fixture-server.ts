import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Build, Repo, User } from '@sortie/sdk/types';
import { aUser } from './sample.ts';
import type { Scene } from './scene.ts';
import { answerService } from './service-routes.ts';

/** A server that answers like the real one, with a scene that tests change while it runs. */
export interface FixtureServer {
  readonly url: string;
  /** The account that every request belongs to; `null` for visitors. */
  user: User | null;
  scene: Scene;
  /** Requests so far, as `GET /api/user`. */
  readonly requests: string[];
  /** Resolves as soon as somebody listens to builds: nobody is told of what is published before. */
  listened(): Promise<void>;
  /** Sends a changed build to everybody who listens. */
  publish(slug: string, build: Build): void;
  /** Sends lines to whoever reads the live log. */
  writeLine(text: string): void;
  endLog(): void;
  /** Cuts all streams; `isDown` also refuses new ones. */
  dropStreams(isDown: boolean): void;
  close(): Promise<void>;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The policy that the pages must live with: nothing inline, nothing from elsewhere. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export async function startFixtureServer(scene: Scene, distPath: string): Promise<FixtureServer> {
  const builds = new Set<ServerResponse>();
  const logs = new Set<ServerResponse>();
  const awaiting: (() => void)[] = [];
  const lines: string[] = Array.from({ length: 120 }, (_, at) => `\x1b[36mtest ${at + 1}\x1b[0m passed\n`);
  let isDown = false;
  let eventId = 0;

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fixture');
    const name = `${request.method} ${url.pathname}`;
    fixture.requests.push(name);
    const done = route(name, url, request, response);
    done.catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });

  async function route(
    name: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { scene: now, user } = fixture;
    if (await serve(name, url, { request, response })) return;
    if (name === 'POST /login/link') {
      const { token } = JSON.parse(await readBody(request)) as { token: string };
      if (token !== 'good')
        return problem(response, 401, 'sign-in-link-invalid', 'The link is unknown, used or expired.');
      fixture.user = aUser({ admin: true });
      response.writeHead(204).end();
      return;
    }
    if (name === 'POST /logout') {
      fixture.user = null;
      response.writeHead(200).end('<html>');
      return;
    }
    if (url.pathname.startsWith('/api/stream')) return openStream(url.pathname, request, response);
    if (!url.pathname.startsWith('/api/')) return sendFile(response, url.pathname);
    if (user === null) return problem(response, 401, 'unauthorized', 'Unauthorized');
    if (name === 'GET /api/user') return json(response, user);
    if (name === 'GET /api/user/repos') return json(response, now.repos);
    if (url.pathname.startsWith('/api/user/tokens')) return tokens(name, request, response);
    return repoRoute(name, url, request, response);
  }

  /** The routes of Git services; false for all others, whose body is still to be read. */
  async function serve(name: string, url: URL, { request, response }: Exchange): Promise<boolean> {
    if (!/^(?:POST \/login$|[A-Z]+ \/api\/(?!user\/tokens))/.test(name)) return false;
    const body = JSON.parse((await readBody(request)) || '{}') as unknown;
    const answer = answerService(fixture, { name, query: url.searchParams, body });
    if (answer === undefined) return false;
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
    return true;
  }

  async function tokens(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (name === 'GET /api/user/tokens') return json(response, fixture.scene.tokens);
    if (name === 'POST /api/user/tokens') {
      const body = JSON.parse(await readBody(request)) as { name: string; scopes: string[]; expires: number };
      const token = { ...body, id: 9, prefix: 'srt_new1', last_used: 0, created: 1 };
      fixture.scene = { ...fixture.scene, tokens: [...fixture.scene.tokens, token] };
      return json(response, { ...token, token: 'srt_new1_and_the_rest_of_it' });
    }
    const id = Number(name.split('/').at(-1));
    fixture.scene = { ...fixture.scene, tokens: fixture.scene.tokens.filter((token) => token.id !== id) };
    response.writeHead(204).end();
  }

  async function repoRoute(
    name: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const [, , , owner = '', repoName = '', ...rest] = url.pathname.split('/');
    const slug = `${owner}/${repoName}`;
    const repo = fixture.scene.repos.find((each) => each.slug === slug);
    if (repo === undefined) return problem(response, 404, 'not-found', 'Not Found');
    if (rest.length === 0) return json(response, repo);
    const list = fixture.scene.builds.get(slug) ?? [];
    if (rest.length === 1)
      return json(
        response,
        list.slice(0, 50).map(({ stages: _, ...build }) => build),
      );
    const build = list.find((each) => String(each.number) === rest[1]);
    if (build === undefined) return problem(response, 404, 'not-found', 'Not Found');
    if (rest[2] === 'config')
      return json(
        response,
        fixture.scene.configs.get(`${slug}/${build.number}`) ?? { text: '', findings: [] },
      );
    if (rest[2] === 'logs') return sendLog(`${build.number}/${rest[3]}/${rest[4]}`, request, response);
    if (name.startsWith('DELETE')) return json(response, cancel(slug, build));
    return json(response, build);
  }

  function cancel(slug: string, build: Build): Build {
    const stages = build.stages?.map((stage) => ({
      ...stage,
      status: 'killed' as const,
      version: stage.version + 1,
    }));
    const ended = {
      ...build,
      status: 'killed' as const,
      version: build.version + 1,
      finished: build.created + 90,
      stages,
    };
    const list = fixture.scene.builds.get(slug) ?? [];
    const changed = new Map(fixture.scene.builds).set(
      slug,
      list.map((each) => (each.id === build.id ? ended : each)),
    );
    fixture.scene = { ...fixture.scene, builds: changed };
    return ended;
  }

  function sendLog(key: string, request: IncomingMessage, response: ServerResponse): void {
    const text = key === '42/1/4' ? lines.join('') : fixture.scene.logs.get(key);
    if (text === undefined) {
      problem(response, 404, 'not-found', 'The log was removed.');
      return;
    }
    const bytes = Buffer.from(text);
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    if (range === null) {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(bytes);
      return;
    }
    const start = Number(range[1]);
    if (start >= bytes.length) {
      problem(response, 416, 'invalid-request', 'Nothing lies there.');
      return;
    }
    const piece = bytes.subarray(start, range[2] === '' ? undefined : Number(range[2]) + 1);
    const place = `bytes ${start}-${start + piece.length - 1}/${bytes.length}`;
    response.writeHead(206, { 'content-type': 'text/plain', 'content-range': place }).end(piece);
  }

  function openStream(path: string, request: IncomingMessage, response: ServerResponse): void {
    if (isDown) {
      problem(response, 503, 'internal', 'The stream is down.');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    response.write(': ping\n\n');
    const kind = path === '/api/stream' ? builds : logs;
    kind.add(response);
    response.on('close', () => kind.delete(response));
    if (kind === builds) for (const wake of awaiting.splice(0)) wake();
    if (kind === builds) return;
    const from = Number(request.headers['last-event-id'] ?? -1) + 1;
    for (let pos = from; pos < lines.length; pos += 1) response.write(lineFrame(pos));
  }

  function lineFrame(pos: number): string {
    return `id: ${pos}\ndata: ${JSON.stringify({ pos, out: lines[pos], time: pos })}\n\n`;
  }

  async function sendFile(response: ServerResponse, path: string): Promise<void> {
    const isAsset = path.startsWith('/assets/');
    const file = isAsset ? normalize(path) : '/index.html';
    const bytes = await readFile(join(distPath, file));
    // As the server does: the page names its files relative to itself.
    const body = isAsset ? bytes : bytes.toString('utf8').replace(/(\s(?:src|href)=")\.\//g, '$1/');
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
    });
    response.end(body);
  }

  const fixture: FixtureServer = {
    url: '',
    user: aUser({ admin: true }),
    scene,
    requests: [],
    async listened() {
      if (builds.size === 0) await new Promise<void>((resolve) => awaiting.push(resolve));
    },
    publish(slug, build) {
      const repo = fixture.scene.repos.find((each) => each.slug === slug) as Repo;
      eventId += 1;
      for (const stream of builds)
        stream.write(`id: ${eventId}\ndata: ${JSON.stringify({ ...repo, build })}\n\n`);
    },
    writeLine(text) {
      lines.push(`${text}\n`);
      for (const stream of logs) stream.write(lineFrame(lines.length - 1));
    },
    endLog() {
      for (const stream of logs) stream.end('event: error\ndata: eof\n\n');
    },
    dropStreams(down) {
      isDown = down;
      for (const stream of [...builds, ...logs]) stream.destroy();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(fixture, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

function problem(response: ServerResponse, status: number, errorCode: string, message: string): void {
  const body = { code: status, status, error_code: errorCode, message };
  response.writeHead(status, { 'content-type': 'application/problem+json', 'x-request-id': 'req-1' });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text;
}
