import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { RunnerService } from '@sortie/contract/runner';
import { AppError } from '@sortie/core/errors';
import { findGit } from '@sortie/githost/git';
import type { Logger } from 'pino';
import { type AppDeps, buildApp } from './app.ts';
import { bootstrapUser, parseBootstrapAccount } from './auth/bootstrap.ts';
import { createSignInLink } from './auth/sessions.ts';
import { issueToken } from './auth/tokens.ts';
import type { Config } from './config-build.ts';
import { lockDataFolder, prepareDataFolder } from './data-folder.ts';
import { createEventHub, type EventHub } from './events/hub.ts';
import { firstAdmin } from './first-admin.ts';
import { type BuiltinHost, createBuiltinHost } from './git-host.ts';
import { type Listener, listen } from './listen.ts';
import { openFileLogStore } from './logs/file-log-store.ts';
import type { LogStore } from './logs/log-store.ts';
import { createRunnerService, type QueueService } from './queue/runner-service.ts';
import { recover, recoverOwed } from './recover.ts';
import { mountGitRoutes } from './routes/git.ts';
import { openSealer } from './seal/open-sealer.ts';
import type { Sealer } from './seal/sealer.ts';
import { CLONE_LOGIN, signCloneToken } from './services/clone-token.ts';
import type { RepoSource } from './services/source.ts';
import { sweep } from './services/sweep.ts';
import { findConnectionByName } from './store/connections.ts';
import { type Database, openDatabase } from './store/db.ts';
import { expireLeasesOfRunner } from './store/leases.ts';
import { ensureMeta } from './store/meta.ts';
import { readdressRepos } from './store/repos.ts';
import { listRunners } from './store/runners.ts';
import { repeat } from './timers/repeat.ts';

export interface StartOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly version: string;
  /** Folder with the built web interface. */
  readonly webRoot: string;
  /** Name of the runner inside this process: what an earlier process with it left leased has no runner any more. */
  readonly builtinRunner?: string;
  /** Folders to look for git in, as in PATH. */
  readonly searchPath: string;
}

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

/** A runner that asked for work this long ago still counts as there. */
const RUNNER_SEEN_SECONDS = 120;
/** How often a server that shares its database looks for what others wrote. */
const SHARED_POLL_MS = 2_000;
/** A clone token outlives the time limit of its stage by this much. */
const CLONE_TOKEN_SLACK_SECONDS = 600;

const nowMs = (): number => Date.now();
const now = (): number => Math.floor(Date.now() / 1000);

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
    onIdleError: (err) => log.warn({ err }, 'an idle database connection failed'),
  });
  closers.push(() => database.close());
  const core = await openCore(options, database, publicUrl);
  closers.push(() => core.logs.stop());
  if (options.builtinRunner !== undefined) await expireLeasesOfRunner(core.db, options.builtinRunner);
  const host = await openHost(options, core, publicUrl);
  if (host !== undefined) closers.push(() => host.host.close());
  const app = buildApp(toAppDeps(options, core, publicUrl));
  if (host !== undefined) mountGitRoutes(app, host.host);
  closers.push(async () => app.close());
  await app.ready();
  listener.serve(app.routing);
  closers.push(startDuties(options, core, host));
  return {
    publicUrl,
    runnerService: core.queue,
    firstSignIn: () => firstSignIn(core, config.session.linkTimeoutMs, publicUrl),
    adminToken: (name) => adminToken(core, name),
    close,
  };
}

/** What every part of the server works with. */
interface Core {
  readonly db: Database['db'];
  readonly logs: LogStore & { stop(): Promise<void> };
  readonly events: EventHub;
  readonly queue: QueueService;
  readonly cloneKey: Buffer;
  readonly sealer: Sealer;
  readonly builtinConnectionId: number;
  /** Where repositories are read, by connection; filled while the server opens. */
  readonly sources: Map<number, RepoSource>;
}

async function openCore(
  { config, version }: StartOptions,
  database: Database,
  publicUrl: string,
): Promise<Core> {
  const { db } = database;
  const isShared = database.dialect === 'postgres';
  const builtin = await findConnectionByName(db, 'builtin');
  if (builtin === undefined) throw new Error('the connection of the built-in Git host is missing');
  const sealer = await openSealer({
    ...config.seal,
    dataFolder: config.dataFolder,
    rememberKeyId: (keyId) => ensureMeta(db, 'seal-key-id', keyId),
  });
  const account = parseBootstrapAccount(config.userCreate);
  if (account !== undefined) await bootstrapUser({ db, now, connectionId: builtin.id }, account);
  await firstAdmin({ db, now }, builtin.id);
  await readdressRepos(db, builtin.id, publicUrl);
  const logs = openFileLogStore({ folder: join(config.dataFolder, 'logs') });
  const events = createEventHub({ db, pollMs: isShared ? SHARED_POLL_MS : undefined });
  // A clone token lives as long as a stage, and stages do not outlive the process that leased them out.
  const cloneKey = randomBytes(32);
  const url = new URL(publicUrl);
  const sources = new Map<number, RepoSource>();
  const queue = createRunnerService({
    db,
    logs,
    events,
    nowMs,
    leaseMs: config.queue.leaseMs,
    pollMs: isShared ? SHARED_POLL_MS : undefined,
    system: { proto: url.protocol.slice(0, -1), host: url.host, version },
    cloneCredentials: (repo, build) => {
      const isOpen = repo.visibility === 'public' && !config.server.isPrivate;
      if (repo.connectionId !== builtin.id || isOpen) return undefined;
      const expires = now() + repo.timeoutMinutes * 60 + CLONE_TOKEN_SLACK_SECONDS;
      const password = signCloneToken(cloneKey, { repoId: repo.id, buildId: build.id, expires });
      return { machine: url.hostname, login: CLONE_LOGIN, password };
    },
    changedFiles: async (repo, { event, before, after }) => {
      if (event !== 'push' && event !== 'pull_request') return undefined;
      return sources.get(repo.connectionId)?.changedFiles?.(repo, before, after);
    },
  });
  return { db, logs, events, queue, cloneKey, sealer, builtinConnectionId: builtin.id, sources };
}

/** The built-in Git host; `undefined`, with a warning, where git is missing: the rest works without it. */
async function openHost(
  options: StartOptions,
  core: Core,
  publicUrl: string,
): Promise<BuiltinHost | undefined> {
  const { config, log, searchPath } = options;
  const { db, events, queue, cloneKey, builtinConnectionId } = core;
  const git = await findGit({ searchPath }).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    log.warn({ err: error }, 'the built-in Git host is off');
    return undefined;
  });
  if (git === undefined) return undefined;
  const newUid = () => randomBytes(16).toString('hex');
  const host = createBuiltinHost({
    dataFolder: config.dataFolder,
    git,
    quotaBytes: config.git.quotaBytes,
    access: {
      db,
      now,
      cloneKey,
      builtinConnectionId,
      isPrivateMode: config.server.isPrivate,
      publicUrl,
      newUid,
    },
    push: {
      db,
      events,
      wake: queue.wake,
      now,
      newKey: newUid,
      instance: new URL(publicUrl).hostname,
      convert: config.convert,
      publicUrl,
      servedTypes: () => servedTypes(core),
      reportFailure: (message, err) => log.error({ err }, message),
    },
    log,
  });
  core.sources.set(builtinConnectionId, host.source);
  return host;
}

/** The pipeline types that some runner has asked for lately. */
async function servedTypes({ db }: Core): Promise<ReadonlySet<string>> {
  const since = now() - RUNNER_SEEN_SECONDS;
  const seen = (await listRunners(db)).filter((runner) => runner.lastContact >= since && !runner.isPaused);
  return new Set(seen.flatMap((runner) => runner.types));
}

function toAppDeps({ config, log, version, webRoot }: StartOptions, core: Core, publicUrl: string): AppDeps {
  const { db, logs, events, queue } = core;
  return {
    config: { ...config, server: { ...config.server, publicUrl } },
    db,
    logs,
    events,
    queue,
    sourceOf: (repo) => core.sources.get(repo.connectionId),
    sealer: core.sealer,
    now,
    version: { version },
    webRoot,
    log,
  };
}

/** What the server does without being asked: recovery of interrupted pushes, and the sweep. */
function startDuties(
  { config, log }: StartOptions,
  core: Core,
  host: BuiltinHost | undefined,
): () => Promise<void> {
  const { db, logs, events, queue, builtinConnectionId } = core;
  const closing = new AbortController();
  const recovery = host && { ...host, builtinConnectionId, log, signal: closing.signal };
  const recovered = recovery === undefined ? Promise.resolve() : recover(recovery);
  const recovering = recovered.catch((err: unknown) => {
    if (!closing.signal.aborted) log.error({ err }, 'interrupted pushes could not be taken up again');
  });
  const pass = async (): Promise<void> => {
    if (recovery !== undefined) await recoverOwed(recovery);
    const report = await sweep({ db, logs, events, queue, now, nowMs });
    const hasDone = report.expired.length + report.advancedIds.length + report.cancelledIds.length > 0;
    if (hasDone) log.warn({ ...report }, 'the sweep had to step in');
  };
  const onFailure = (err: unknown): void => log.error({ err }, 'the sweep failed');
  const firstPass = pass().catch(onFailure);
  const stopSweep = repeat(pass, { everyMs: config.queue.sweepIntervalMs, onFailure });
  return async () => {
    closing.abort();
    await Promise.all([recovering, firstPass, stopSweep()]);
  };
}

/** A link for the owner while nobody has ever signed in to that account. */
async function firstSignIn(core: Core, timeoutMs: number, publicUrl: string): Promise<string | undefined> {
  const admin = await firstAdmin({ db: core.db, now }, core.builtinConnectionId);
  if (admin === undefined || admin.lastLogin > 0) return undefined;
  const { secret } = await createSignInLink({ db: core.db, now }, { userId: admin.id, timeoutMs });
  return `${publicUrl}/login/link#${secret}`;
}

async function adminToken(
  core: Core,
  name: string,
): Promise<{ readonly login: string; readonly text: string }> {
  const admin = await firstAdmin({ db: core.db, now }, core.builtinConnectionId);
  if (admin === undefined) {
    throw new AppError('not-found', 'This server has no administrator who could own a token.', {
      hint: 'Create one with DRONE_USER_CREATE=username:NAME,admin:true.',
    });
  }
  const { text } = await issueToken(
    { db: core.db, now },
    { userId: admin.id, name, scopes: ['all'], expires: 0 },
  );
  return { login: admin.login, text };
}

/** An address given with port 0 becomes the one that the system has chosen. */
function withPort(publicUrl: string, port: number): string {
  const url = new URL(publicUrl);
  if (url.port === '0') url.port = String(port);
  return url.origin;
}

async function closeListener({ server }: Listener): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Streams stay open by their nature; what is under way otherwise has ended by now.
  server.closeAllConnections();
  await closed;
}
