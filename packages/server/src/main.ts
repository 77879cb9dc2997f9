import type { RunnerService } from '@sortie/contract/runner';
import { trashRepo } from '@sortie/githost/storage';
import { buildApp } from './app.ts';
import type { AppDeps } from './app-deps.ts';
import { hookWorkFor } from './app-parts.ts';
import { type ConnectedServices, connectServices } from './connect-services.ts';
import { connectSingleSignOn, type OpenSingleSignOn } from './connect-single-sign-on.ts';
import { type Core, openCore } from './core.ts';
import { lockDataFolder, prepareDataFolder } from './data-folder.ts';
import { startDuties } from './duties.ts';
import { type BuiltinHost, gitFolder } from './git-host.ts';
import { startHookDuty } from './hook-duty.ts';
import { closeListener, listen } from './listen.ts';
import { openHost } from './open-host.ts';
import { adminToken, firstSignIn } from './owner-access.ts';
import { createProfiler } from './profiling/profiler.ts';
import { startReconcileDuty } from './reconcile-duty.ts';
import { mountGitRoutes } from './routes/git.ts';
import type { RepoSync } from './services/sync-repos.ts';
import type { StartOptions } from './start-options.ts';
import { startStatusDuty } from './status-duty.ts';
import { openDatabase } from './store/db.ts';
import { expireLeasesOfRunner } from './store/leases.ts';
import { openRepoSync, startSyncDuty } from './sync-duty.ts';

/** A server that answers requests. */
export interface RunningServer {
  /** The address that people open, without a trailing slash. */
  readonly publicUrl: string;
  readonly runnerService: RunnerService;
  /** The address that signs the first administrator in, once; absent when somebody has signed in before. */
  firstSignIn(): Promise<string | undefined>;
  /** An API token for the first administrator, who owns this machine. */
  adminToken(name: string): Promise<{ readonly login: string; readonly text: string }>;
  /** Takes no more requests, lets the ones under way finish, and closes everything. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts a server: address, data folder and its lock, database, queue, Git host, routes, recovery, timers, in this order.
 * What was opened is closed again when a later part fails.
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const closers: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await open(options, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function open(
  options: StartOptions,
  closers: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<RunningServer> {
  const { config, log } = options;
  const listener = await listen(config.server.listen);
  closers.push(() => closeListener(listener));
  const publicUrl = withPort(config.server.publicUrl, listener.port);
  await prepareDataFolder(config.dataFolder);
  const unlock = lockDataFolder(config.dataFolder);
  closers.push(async () => unlock());
  const database = await openDatabase({
    ...config.database,
    onIdleError: ({ message }) => log.warn({ reason: message }, 'an idle database connection failed'),
  });
  closers.push(() => database.close());
  const core = await openCore(options, database, publicUrl);
  closers.push(() => core.logs.stop());
  if (options.builtinRunner !== undefined) await expireLeasesOfRunner(core.db, options.builtinRunner);
  const services = await connectServices(options, core, publicUrl);
  closers.push(async () => services.close(), services.clones.close);
  const singleSignOn = await connectSingleSignOn(config, core);
  closers.push(async () => singleSignOn?.close());
  const host = await openHost(options, core, publicUrl);
  if (host !== undefined) closers.push(() => host.host.close());
  const profiler = createProfiler({ nowMs: core.nowMs });
  await profiler.start();
  const repoSync = openRepoSync(options, core, services);
  const appDeps = toAppDeps(options, { core, host, services, singleSignOn, repoSync }, publicUrl);
  const hooks = hookWorkFor(appDeps);
  const app = buildApp({ ...appDeps, hooks, profiler });
  if (host !== undefined) mountGitRoutes(app, host.host);
  closers.push(async () => app.close());
  await app.ready();
  listener.serve(app.routing, (...upgrade) => void app.server.emit('upgrade', ...upgrade));
  closers.push(startDuties(options, core, host, publicUrl));
  closers.push(startHookDuty({ hooks, isAlone: core.sharedPollMs === undefined, log }));
  closers.push(startSyncDuty({ ...core, log, repoSync }));
  closers.push(startStatusDuty({ ...core, config, log, services, publicUrl }));
  closers.push(
    startReconcileDuty({
      ...{ ...core, config, log, forgeOf: services.forgeOf },
      instance: new URL(publicUrl).hostname,
      sourceOf: (repo) => core.sources.get(repo.connectionId),
    }),
  );
  return {
    publicUrl,
    runnerService: core.queue,
    firstSignIn: () => firstSignIn(core, config.session.linkTimeoutMs, publicUrl),
    adminToken: (name) => adminToken(core, name),
    close,
  };
}

interface OpenParts {
  readonly core: Core;
  readonly host: BuiltinHost | undefined;
  readonly services: ConnectedServices;
  readonly singleSignOn: OpenSingleSignOn | undefined;
  readonly repoSync: RepoSync;
}

function toAppDeps(
  { config, log, version, webRoot }: StartOptions,
  { core, host, services, singleSignOn, repoSync }: OpenParts,
  publicUrl: string,
): AppDeps {
  const { db, logs, events, queue, now, nowMs, builtinConnectionId } = core;
  return {
    config: { ...config, server: { ...config.server, publicUrl } },
    db,
    logs,
    events,
    queue,
    sourceOf: (repo) => core.sources.get(repo.connectionId),
    sealer: core.sealer,
    onCronChange: () => core.cronChanged.fire(),
    forgeOf: services.forgeOf,
    services,
    broker: services.broker,
    repoSync,
    ...(singleSignOn === undefined ? {} : { singleSignOn }),
    removeGitData: async (repo) => {
      if (repo.connectionId !== builtinConnectionId) return services.clones.forget(repo.id);
      // Without git the host is off, but what it kept is there.
      await (host?.host.remove(repo) ?? trashRepo(gitFolder(config.dataFolder), repo.uid, now()));
    },
    now,
    version: { version },
    webRoot,
    log,
    rpc: {
      ...core.handOut,
      cloneCredentials: core.handOut.officialCredentials,
      nowMs,
      sharedPollMs: core.sharedPollMs,
    },
  };
}

/** An address given with port 0 becomes the one that the system has chosen. */
function withPort(publicUrl: string, port: number): string {
  const url = new URL(publicUrl);
  if (url.port === '0') url.port = String(port);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
