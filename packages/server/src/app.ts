import type { FastifyInstance } from 'fastify';
import type { AppDeps } from './app-deps.ts';
import { hookWorkFor, syncParts, triggerParts } from './app-parts.ts';
import { createRateLimiter } from './auth/rate-limit.ts';
import { createUserTokenKey } from './auth/user-token.ts';
import { reportError } from './errors.ts';
import { createServer } from './http-server.ts';
import { mountResources } from './mount-routes.ts';
import { createProfiler } from './profiling/profiler.ts';
import { createBackground } from './routes/background.ts';
import { mountDeliveryRoutes } from './routes/deliveries.ts';
import { mountHookRoute } from './routes/hook.ts';
import { createIdempotency } from './routes/idempotency.ts';
import { mountLegacyApi } from './routes/legacy/legacy.ts';
import { createMount } from './routes/mount.ts';
import { mountSignIn } from './routes/mount-sign-in.ts';
import { createOpenStreams } from './routes/open-streams.ts';
import { mountSessionRoutes } from './routes/sessions.ts';
import { mountStatsRoutes } from './routes/stats.ts';
import { mountStreamRoutes } from './routes/streams.ts';
import { mountRpc } from './rpc/mount-rpc.ts';
import { rpcDeps } from './rpc/rpc-parts.ts';
import { createPages } from './static.ts';
import { answerUnknown } from './unknown-path.ts';

/**
 * Puts the HTTP server together and never listens. Further routes may be added before it is ready; each needs
 * `config: { access }`, and a plugin that reads raw bodies replaces the content type parsers for itself.
 */
export function buildApp(deps: AppDeps): FastifyInstance {
  const app = createServer(deps);
  const parts = createParts(app, deps);
  const { mount, mounting, triggers } = parts;
  mountResources(mount, parts);
  const openStreams = createOpenStreams();
  mountStreamRoutes(mount, { ...mounting, ...deps, streams: parts.streams, openStreams });
  const { publicUrl, hasPublicVarz: isVarzPublic } = deps.config.server;
  mountStatsRoutes(mount, { db: deps.db, openStreams, publicUrl, isVarzPublic });
  mountSessionRoutes(mount, parts.signingIn);
  const signIn = mountSignIn(mount, parts.signingIn);
  const hookRoutes = mountHooks(app, parts);
  mountRpc(app, rpcDeps(deps, parts));
  mountLegacy(app, { ...parts, triggers, signIn, hookRoutes });
  const { auth, limiter, pages } = parts;
  const prefixes = { pathPrefix: deps.config.server.pathPrefix, legacyPrefix: deps.config.http.legacyPrefix };
  app.setNotFoundHandler((request, reply) =>
    answerUnknown({ auth, limiter, pages, ...prefixes }, request, reply),
  );
  return app;
}

type Parts = ReturnType<typeof createParts>;

/** What several routes share, all of it for this one server. */
function createParts(app: FastifyInstance, deps: AppDeps) {
  const { server, http, session, limits, signIn: rules } = deps.config;
  const { db, now, sealer, log } = deps;
  const ending = new AbortController();
  app.addHook('preClose', async () => ending.abort());
  const closing = ending.signal;
  const userTokenKey = createUserTokenKey({ db, sealer });
  const auth = { db, now, sealer, userTokenKey, secret: session.secret, timeoutMs: session.timeoutMs };
  const limiter = createRateLimiter({ now, ...limits });
  const pages = createPages({ webRoot: deps.webRoot, pathPrefix: server.pathPrefix, http });
  const idempotency = createIdempotency({ ...deps, closing, waitMs: deps.keyWaitMs });
  const background = createBackground(log);
  app.addHook('onClose', () => background.idle());
  const { repoSync, access } = syncParts(deps, background);
  const mounting = { auth, access, limiter, server, http, idempotency, log };
  return {
    ...{ deps, closing, auth, limiter, pages, background, repoSync, access, mounting },
    mount: createMount(app, mounting),
    triggers: triggerParts(deps),
    streams: {
      pingMs: deps.pingMs ?? 30_000,
      lifetimeMs: deps.streamLifetimeMs ?? 24 * 3_600_000,
      closing,
      log,
    },
    signingIn: { ...deps, ...mounting, session, pages, background, repoSync, rules },
  };
}

function mountHooks(app: FastifyInstance, { deps, mount }: Parts) {
  const hooks = deps.hooks ?? hookWorkFor(deps);
  app.addHook('onClose', () => hooks.worker.stop());
  const hookRoutes = { db: deps.db, hooks, log: deps.log, bodyMs: deps.hookBodyMs };
  mountHookRoute(mount, hookRoutes);
  mountDeliveryRoutes(mount, hookRoutes);
  return hookRoutes;
}

type Legacy = Parts & {
  readonly signIn: ReturnType<typeof mountSignIn>;
  readonly hookRoutes: ReturnType<typeof mountHooks>;
};

function mountLegacy(app: FastifyInstance, parts: Legacy): void {
  const { deps, triggers, mount, mounting, access, auth, pages, signIn, hookRoutes, streams } = parts;
  const { isPrivate, hasPublicBadges, pathPrefix, publicUrl } = deps.config.server;
  const profiler = deps.profiler ?? createProfiler({ nowMs: () => deps.now() * 1000 });
  app.addHook('onClose', () => profiler.stop());
  mountLegacyApi(app, {
    ...triggers,
    ...{ mount, mounting, access, auth, pages, profiler, signIn, hookRoutes },
    ...streams,
    ...{ isPrivate, hasPublicBadges, pathPrefix, publicUrl },
    prefix: deps.config.http.legacyPrefix,
    version: deps.version.version,
    describeError: (error, request) => reportError(deps.log, error, request),
  });
}
