import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { WireVersion } from '@sortie/contract/system';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import fastify, { type FastifyInstance } from 'fastify';
import { createRateLimiter } from './auth/rate-limit.ts';
import { createUserTokenKey } from './auth/user-token.ts';
import { withoutPrefix } from './config-address.ts';
import type { Config } from './config-build.ts';
import { gitServices } from './connections/open-services.ts';
import { type ErrorLog, reportError, sendProblem } from './errors.ts';
import type { EventHub } from './events/hub.ts';
import { type HookWork, openHookWork } from './hook-work.ts';
import type { LogStore } from './logs/log-store.ts';
import { createProfiler, type Profiler } from './profiling/profiler.ts';
import type { QueueService } from './queue/runner-service.ts';
import { mountAuditRoutes } from './routes/audit.ts';
import { type Background, createBackground } from './routes/background.ts';
import { mountBadgeRoutes } from './routes/badges.ts';
import { mountBuildActionRoutes } from './routes/build-actions.ts';
import { mountBuildListingRoutes } from './routes/build-listings.ts';
import { mountBuildSummaryRoutes } from './routes/build-summary.ts';
import { mountBuildRoutes } from './routes/builds.ts';
import { mountBulkRoutes } from './routes/bulk.ts';
import { mountCardRoutes } from './routes/cards.ts';
import { mountCollaboratorRoutes } from './routes/collaborators.ts';
import { mountCronRoutes } from './routes/crons.ts';
import { mountDeliveryRoutes } from './routes/deliveries.ts';
import { addHeaders, allowCrossOrigin } from './routes/headers.ts';
import { mountHookRoute } from './routes/hook.ts';
import { checkHosts } from './routes/host.ts';
import { createIdempotency } from './routes/idempotency.ts';
import { mountIncompleteRoutes } from './routes/incomplete.ts';
import { mountLegacyApi } from './routes/legacy/legacy.ts';
import { mountLinkRoutes } from './routes/links.ts';
import { mountLogRoutes } from './routes/logs.ts';
import { createMount, requireAccessRules } from './routes/mount.ts';
import { mountSignIn } from './routes/mount-sign-in.ts';
import { mountNodeRoutes } from './routes/nodes.ts';
import { createOpenStreams } from './routes/open-streams.ts';
import { mountOrgSecretRoutes } from './routes/org-secrets.ts';
import { mountPurgeRoutes } from './routes/purge.ts';
import { mountQueueRoutes } from './routes/queue.ts';
import { BODY_LIMIT_BYTES, parseQuery, readBodiesAsJson } from './routes/read-body.ts';
import { mountReferenceRoutes } from './routes/reference.ts';
import { mountRepoHealthRoutes } from './routes/repo-health.ts';
import { mountRepoSettingRoutes } from './routes/repo-settings.ts';
import { mountRepoRoutes } from './routes/repos.ts';
import { mountRunnerTokenRoutes } from './routes/runner-tokens.ts';
import { mountSecretRoutes } from './routes/secrets.ts';
import { mountSessionRoutes } from './routes/sessions.ts';
import { mountSigningRoutes } from './routes/signing.ts';
import { mountStatsRoutes } from './routes/stats.ts';
import { mountStreamRoutes } from './routes/streams.ts';
import { mountSystemRoutes } from './routes/system.ts';
import { mountTemplateRoutes } from './routes/templates.ts';
import { mountTokenRoutes } from './routes/tokens.ts';
import { mountUserAdminRoutes } from './routes/user-admin.ts';
import { mountUserRepoRoutes } from './routes/user-repos.ts';
import { mountUserRoutes } from './routes/users.ts';
import { compileValidator } from './routes/validate.ts';
import { mountRpc } from './rpc/mount-rpc.ts';
import { type RpcParts, rpcDeps } from './rpc/rpc-parts.ts';
import type { Sealer } from './seal/sealer.ts';
import { createAccessSource } from './services/access-source.ts';
import type { ForgeOf } from './services/forge.ts';
import type { GitServices, TokenBroker } from './services/git-service.ts';
import type { SingleSignOn } from './services/sign-in-ways.ts';
import type { RepoSource } from './services/source.ts';
import { createRepoSync, type RepoSync } from './services/sync-repos.ts';
import { zoneOffset } from './services/time-zone.ts';
import { createPages } from './static.ts';
import type { Db } from './store/db.ts';
import { answerUnknown, pathOf } from './unknown-path.ts';

export interface AppLog extends ErrorLog {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info?(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface AppDeps {
  readonly config: Pick<
    Config,
    | 'server'
    | 'http'
    | 'session'
    | 'signIn'
    | 'convert'
    | 'limits'
    | 'cron'
    | 'rpc'
    | 'logs'
    | 'sync'
    | 'services'
    | 'hooks'
  >;
  readonly db: Db;
  readonly logs: LogStore;
  readonly events: EventHub;
  /** Tells runners and those who wait for work that the database has changed. */
  readonly queue: QueueService;
  /** Where commits and files of a repository are read; `undefined` while its Git service cannot be asked. */
  readonly sourceOf: (repo: Repo) => RepoSource | undefined;
  readonly sealer: Sealer;
  /** The Git service of a connection. */
  readonly forgeOf: ForgeOf;
  /** The connected Git services, and who lends the tokens for them; without them there are none. */
  readonly services?: GitServices;
  readonly broker?: TokenBroker;
  /** The identity provider; without one there is none. */
  readonly singleSignOn?: SingleSignOn;
  /** One of its own unless given. */
  readonly repoSync?: RepoSync;
  /** Takes away what the built-in Git host keeps of a repository; nothing to do for others. */
  readonly removeGitData: (repo: Repo) => Promise<void>;
  /** Unix seconds. */
  readonly now: () => number;
  /** Told after every change of a cron job. */
  readonly onCronChange?: () => void;
  readonly version: WireVersion;
  /** Folder with the built web interface; it may be missing. */
  readonly webRoot: string;
  readonly log: AppLog;
  /** What the profiling routes ask; one that starts at the first question unless given. */
  readonly profiler?: Profiler;
  /** Event streams; the defaults are Drone's 30 s and 24 h. */
  readonly pingMs?: number;
  readonly streamLifetimeMs?: number;
  /** How long a repetition of a request with an `Idempotency-Key` waits for the first one; 10 s unless given. */
  readonly keyWaitMs?: number;
  /** What official runners are told besides; what is absent has the value of a server alone. */
  readonly rpc?: RpcParts;
  /** What is done about webhooks; `hookWorkFor` unless given. */
  readonly hooks?: HookWork;
  /** How long the answer to a webhook waits for its build, and how long its body may take; 2 s and 30 s unless given. */
  readonly hookWaitMs?: number;
  readonly hookBodyMs?: number;
}

/**
 * Puts the HTTP server together and never listens. Further routes may be added before it is ready; each needs
 * `config: { access }`, and a plugin that reads raw bodies replaces the content type parsers for itself.
 */
export function buildApp(deps: AppDeps): FastifyInstance {
  const { server, http, session, limits } = deps.config;
  const app = createServer(deps);
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  const { db, now, sealer } = deps;
  const userTokenKey = createUserTokenKey({ db, sealer });
  const auth = { db, now, sealer, userTokenKey, secret: session.secret, timeoutMs: session.timeoutMs };
  const limiter = createRateLimiter({ now, ...limits });
  const pages = createPages({ webRoot: deps.webRoot, pathPrefix: server.pathPrefix, http });
  const idempotency = createIdempotency({ ...deps, closing: closing.signal, waitMs: deps.keyWaitMs });
  const background = createBackground(deps.log);
  app.addHook('onClose', () => background.idle());
  const { repoSync, access } = syncParts(deps, background);
  const mounting = { auth, access, limiter, server, http, idempotency, log: deps.log };
  const streams = {
    pingMs: deps.pingMs ?? 30_000,
    lifetimeMs: deps.streamLifetimeMs ?? 24 * 3_600_000,
    closing: closing.signal,
    log: deps.log,
  };
  const mount = createMount(app, mounting);
  mountUserRoutes(mount, auth);
  mountUserAdminRoutes(mount, auth);
  mountTokenRoutes(mount, auth);
  mountAuditRoutes(mount, deps);
  mountUserRepoRoutes(mount, { ...deps, repoSync, background });
  const pollSeconds = Math.ceil(deps.config.services.pollMs / 1000);
  const reportFailure = (message: string, err: unknown): void => deps.log.error({ err }, message);
  mountRepoRoutes(mount, { ...deps, pollSeconds, reportFailure });
  mountRepoSettingRoutes(mount, deps);
  mountCollaboratorRoutes(mount, deps);
  mountBuildRoutes(mount, { ...deps, closing: closing.signal });
  const triggers = triggerParts(deps);
  mountBuildActionRoutes(mount, triggers);
  mountRepoHealthRoutes(mount, { ...triggers, pollSeconds });
  mountCronRoutes(mount, { ...triggers, offsetAt: zoneOffset(deps.config.cron.timeZone) });
  mountLogRoutes(mount, deps);
  mountBuildSummaryRoutes(mount, deps);
  mountQueueRoutes(mount, deps);
  mountNodeRoutes(mount, deps);
  mountRunnerTokenRoutes(mount, deps);
  mountBulkRoutes(mount, {
    ...deps,
    access,
    reportFailure: (message, err) => deps.log.error({ err }, message),
  });
  mountBuildListingRoutes(mount, deps);
  mountIncompleteRoutes(mount, deps);
  mountPurgeRoutes(mount, deps);
  mountCardRoutes(mount, deps);
  mountBadgeRoutes(mount, { ...deps, publicUrl: server.publicUrl, arePublic: server.hasPublicBadges });
  mountLinkRoutes(mount, { db: deps.db, publicUrl: server.publicUrl });
  mountSecretRoutes(mount, deps);
  mountOrgSecretRoutes(mount, deps);
  mountTemplateRoutes(mount, { ...deps, access });
  mountSigningRoutes(mount, deps);
  const openStreams = createOpenStreams();
  mountStreamRoutes(mount, { ...mounting, ...deps, streams, openStreams });
  mountStatsRoutes(mount, {
    db: deps.db,
    openStreams,
    publicUrl: server.publicUrl,
    isVarzPublic: server.hasPublicVarz,
  });
  mountSessionRoutes(mount, { ...mounting, session, pages });
  const rules = deps.config.signIn;
  const signIn = mountSignIn(mount, { ...deps, ...mounting, session, pages, background, repoSync, rules });
  const hooks = deps.hooks ?? hookWorkFor(deps);
  app.addHook('onClose', () => hooks.worker.stop());
  const hookRoutes = { db, hooks, log: deps.log, bodyMs: deps.hookBodyMs };
  mountHookRoute(mount, hookRoutes);
  mountDeliveryRoutes(mount, hookRoutes);
  mountReferenceRoutes(mount, { version: deps.version.version, publicUrl: server.publicUrl });
  mountSystemRoutes(mount, { db: deps.db, version: deps.version, publicUrl: server.publicUrl });
  mountRpc(app, rpcDeps(deps, { limiter, closing: closing.signal }));
  const profiler = deps.profiler ?? createProfiler({ nowMs: () => now() * 1000 });
  app.addHook('onClose', () => profiler.stop());
  mountLegacyApi(app, {
    ...triggers,
    ...{ mount, mounting, access, auth, pages, profiler, signIn, hookRoutes },
    ...streams,
    prefix: http.legacyPrefix,
    isPrivate: server.isPrivate,
    hasPublicBadges: server.hasPublicBadges,
    pathPrefix: server.pathPrefix,
    publicUrl: server.publicUrl,
    version: deps.version.version,
    describeError: (error, request) => reportError(deps.log, error, request),
  });
  app.setNotFoundHandler((request, reply) =>
    answerUnknown(
      { auth, limiter, pages, pathPrefix: server.pathPrefix, legacyPrefix: http.legacyPrefix },
      request,
      reply,
    ),
  );
  return app;
}

function createServer({ config, log }: AppDeps): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: config.http.trustedProxies.length > 0 ? [...config.http.trustedProxies] : false,
    genReqId: requestId,
    rewriteUrl: ({ url = '/' }) => withoutPrefix(url, config.server.pathPrefix),
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
  checkHosts(app, config.http, config.server.pathPrefix);
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

/** Synchronisation and the questions of the access check. Without Git services there is nobody to ask. */
function syncParts(deps: AppDeps, background: Background) {
  const { db, forgeOf, now, services, broker, log, config } = deps;
  const rules = config.sync;
  const reportFailure = (message: string, err: unknown): void => log.error({ err }, message);
  const repoSync = deps.repoSync ?? createRepoSync({ db, forgeOf, now, rules, reportFailure });
  if (services === undefined || broker === undefined) return { repoSync, access: undefined };
  const onLost = (user: User): void =>
    background.run(`the synchronisation of ${user.login}`, () => repoSync.run(user));
  const asking = { db, forgeOf, now, services, broker, rules, onLost };
  return { repoSync, access: createAccessSource({ ...asking, background: background.run }) };
}

/** What is done about the webhooks of the connected Git services. */
export function hookWorkFor(deps: AppDeps): HookWork {
  const { services = gitServices([]), broker, log, config, rpc, now, hookWaitMs } = deps;
  return openHookWork({
    ...triggerParts(deps),
    ...{ services, config: config.hooks, nowMs: rpc?.nowMs ?? (() => now() * 1000) },
    // Without services no webhook gets as far as to need a token.
    broker: broker ?? { use: (account) => services.require(account.connectionId) as never },
    report: (fields, message) => log.info?.(fields, message),
    waitMs: hookWaitMs,
  });
}

/** What everything that starts builds works with. */
function triggerParts(deps: AppDeps) {
  const { config, log } = deps;
  const instance = new URL(config.server.publicUrl).hostname;
  const reportFailure = (message: string, err: unknown): void => log.error({ err }, message);
  return { ...deps, convert: config.convert, instance, reportFailure };
}

/** A proxy's id goes through into answers and log when it is harmless there. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:/+=-]{1,128}$/.test(given) ? given : randomUUID();
}
