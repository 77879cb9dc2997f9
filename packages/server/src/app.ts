import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ROUTES } from '@sortie/contract/routes';
import type { WireVersion } from '@sortie/contract/system';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { identify } from './auth/identify.ts';
import type { SessionDeps } from './auth/sessions.ts';
import type { Config } from './config-build.ts';
import { type ErrorLog, sendProblem } from './errors.ts';
import type { EventHub } from './events/hub.ts';
import type { LogStore } from './logs/log-store.ts';
import { mountBuildRoutes } from './routes/builds.ts';
import { addHeaders, allowCrossOrigin } from './routes/headers.ts';
import { checkHosts } from './routes/host.ts';
import { mountLogRoutes } from './routes/logs.ts';
import { createMount, requireAccessRules } from './routes/mount.ts';
import { BODY_LIMIT_BYTES, parseQuery, readBodiesAsJson } from './routes/read-body.ts';
import { mountRepoRoutes } from './routes/repos.ts';
import { mountSessionRoutes } from './routes/sessions.ts';
import { mountStreamRoutes } from './routes/streams.ts';
import { mountSystemRoutes } from './routes/system.ts';
import { mountTokenRoutes } from './routes/tokens.ts';
import { mountUserRoutes } from './routes/users.ts';
import { compileValidator } from './routes/validate.ts';
import type { Sealer } from './seal/sealer.ts';
import type { RepoSource } from './services/source.ts';
import { createPages, type Pages } from './static.ts';
import type { Db } from './store/db.ts';

export interface AppLog extends ErrorLog {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface AppDeps {
  readonly config: Pick<Config, 'server' | 'http' | 'session' | 'convert'>;
  readonly db: Db;
  readonly logs: LogStore;
  readonly events: EventHub;
  /** Tells runners and those who wait for work that the database has changed. */
  readonly queue: { wake(): void; stop(): void };
  /** Where commits and files of a repository are read; `undefined` while its Git service cannot be asked. */
  readonly sourceOf: (repo: Repo) => RepoSource | undefined;
  readonly sealer: Sealer;
  /** Unix seconds. */
  readonly now: () => number;
  readonly version: WireVersion;
  /** Folder with the built web interface; it may be missing. */
  readonly webRoot: string;
  readonly log: AppLog;
  /** Event streams; the defaults are Drone's 30 s and 24 h. */
  readonly pingMs?: number;
  readonly streamLifetimeMs?: number;
}

/**
 * Puts the HTTP server together and never listens. Further routes may be added before it is ready; each needs
 * `config: { access }`, and a plugin that reads raw bodies replaces the content type parsers for itself.
 */
export function buildApp(deps: AppDeps): FastifyInstance {
  const { server, http, session } = deps.config;
  const app = createServer(deps);
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  const auth = { db: deps.db, now: deps.now, secret: session.secret, timeoutMs: session.timeoutMs };
  const pages = createPages({ webRoot: deps.webRoot, http });
  const mounting = { auth, server, http };
  const streams = {
    pingMs: deps.pingMs ?? 30_000,
    lifetimeMs: deps.streamLifetimeMs ?? 24 * 3_600_000,
    closing: closing.signal,
    log: deps.log,
  };
  const mount = createMount(app, mounting);
  mountUserRoutes(mount, deps);
  mountTokenRoutes(mount, auth);
  mountRepoRoutes(mount, deps);
  mountBuildRoutes(mount, deps);
  mountLogRoutes(mount, deps);
  mountStreamRoutes(mount, { ...mounting, ...deps, streams });
  mountSessionRoutes(mount, { ...mounting, session, pages });
  mountSystemRoutes(mount, { db: deps.db, version: deps.version, publicUrl: server.publicUrl });
  app.setNotFoundHandler((request, reply) => answerUnknown({ auth, pages }, request, reply));
  return app;
}

function createServer({ config, log }: AppDeps): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: requestId,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512, querystringParser: parseQuery },
    frameworkErrors: (error, request, reply) => sendProblem(log, error, request, reply),
  });
  app.decorate('indentsJson', config.http.indentsJson);
  app.setValidatorCompiler(compileValidator);
  app.setErrorHandler((error, request, reply) => sendProblem(log, error, request, reply));
  readBodiesAsJson(app);
  requireAccessRules(app);
  addHeaders(app);
  checkHosts(app, config.http);
  allowCrossOrigin(app, config);
  app.addHook('onResponse', async (request, reply) => {
    // Without the query: it may hold a token.
    const { method, url, id } = request;
    const fields = {
      requestId: id,
      method,
      path: pathOf(url),
      status: reply.statusCode,
      ms: reply.elapsedTime,
    };
    log.debug(fields, 'request');
  });
  return app;
}

/** A proxy's id goes through into answers and log when it is harmless there. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:/+=-]{1,128}$/.test(given) ? given : randomUUID();
}

/** First segments below which only programs ask: what is unknown there is an error, not a page. */
const PROGRAM_PATHS =
  /^\/(api|rpc|git|hook|v0|metrics|varz|badges|stream|schema|debug|assets|static|\.well-known)(\/|$)/;

async function answerUnknown(
  deps: { readonly auth: SessionDeps; readonly pages: Pages },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const path = pathOf(request.url);
  const methods = methodsOf(path);
  if (methods.length > 0) {
    reply.header('allow', methods.join(', '));
    throw new AppError('method-not-allowed', `This path does not know the method ${request.method}.`, {
      hint: `It knows ${methods.join(', ')}.`,
    });
  }
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (isReading && (await deps.pages.sendFile(path, request, reply))) return reply;
  if (!isReading || PROGRAM_PATHS.test(path)) {
    throw new AppError('not-found', 'Not Found', { hint: 'There is nothing at this path.' });
  }
  if (path === '/' && !(await isSignedIn(deps.auth, request))) return reply.redirect('/welcome', 303);
  return deps.pages.sendPage(reply);
}

async function isSignedIn(auth: SessionDeps, request: FastifyRequest): Promise<boolean> {
  const { authorization, cookie } = request.headers;
  const caller = await identify(auth, { authorization, cookie, queryToken: undefined });
  return caller.user !== undefined;
}

/** The methods of the routes at a path, to tell a wrong method from a wrong path. */
function methodsOf(path: string): readonly string[] {
  const plain = path.replace(/\/$/, '');
  const routes = ROUTES.filter((route) => {
    const pattern = route.path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+');
    return new RegExp(`^${pattern}$`).test(plain);
  });
  // A page may share its path with a route: reading it is the page's.
  const methods = routes.map((route) => route.method);
  return path.startsWith('/api/') || methods.includes('GET') ? [...new Set(methods)] : [];
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
