import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { bootstrapUser, parseBootstrapAccount } from './auth/bootstrap.ts';
import { createUserTokenKey, type UserTokenDeps } from './auth/user-token.ts';
import { createEventHub, type EventHub } from './events/hub.ts';
import { createSignal, type Signal } from './events/signal.ts';
import { firstAdmin } from './first-admin.ts';
import { openFileLogStore } from './logs/file-log-store.ts';
import type { LogStore } from './logs/log-store.ts';
import { createRunnerService, type QueueService } from './queue/runner-service.ts';
import { openSealer } from './seal/open-sealer.ts';
import type { Sealer } from './seal/sealer.ts';
import type { CloneAccess } from './services/clone-access.ts';
import { createHandOutParts, type HandOutParts } from './services/clone-parts.ts';
import type { RepoSource } from './services/source.ts';
import type { StartOptions } from './start-options.ts';
import { findConnectionByName } from './store/connections.ts';
import type { Database } from './store/db.ts';
import { releaseKeys } from './store/idempotency.ts';
import { readdressRepos } from './store/repos.ts';
import { createSealKeyNotes } from './store/seal-keys.ts';
import { clearSyncing } from './store/users.ts';

/** How often a server that shares its database looks for what others wrote. */
const SHARED_POLL_MS = 2_000;

/** What every part of the server works with. */
export interface Core {
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Unix seconds. */
  readonly now: () => number;
  readonly db: Database['db'];
  readonly logs: LogStore & { stop(): Promise<void> };
  readonly events: EventHub;
  readonly queue: QueueService;
  readonly cloneKey: Buffer;
  readonly sealer: Sealer;
  readonly userTokenKey: UserTokenDeps['userTokenKey'];
  readonly cronChanged: Signal;
  readonly builtinConnectionId: number;
  /** Where repositories are read, by connection; filled while the server opens. */
  readonly sources: Map<number, RepoSource>;
  /** Who may fetch repositories of Git services, by connection; filled while the server opens. */
  readonly cloneAccess: Map<number, CloneAccess>;
  /** What goes with a stage to its runner. */
  readonly handOut: HandOutParts;
  /** How often to look for what other servers wrote; absent without any. */
  readonly sharedPollMs: number | undefined;
}

/** Opens what everything else rests on, and settles what an earlier process has left: keys, accounts, addresses. */
export async function openCore(
  { config, version, log }: Pick<StartOptions, 'config' | 'version' | 'log'>,
  database: Database,
  publicUrl: string,
): Promise<Core> {
  const { db } = database;
  const nowMs = (): number => Date.now();
  const now = (): number => Math.floor(Date.now() / 1000);
  const isShared = database.dialect === 'postgres';
  const builtin = await findConnectionByName(db, 'builtin');
  if (builtin === undefined) throw new Error('the connection of the built-in Git host is missing');
  const sealer = await openSealer({
    ...config.seal,
    dataFolder: config.dataFolder,
    notes: createSealKeyNotes(db),
  });
  // The data folder is ours alone, so whoever worked on these requests is gone.
  if (!isShared) await releaseKeys(db);
  const account = parseBootstrapAccount(config.userCreate);
  const userTokenKey = createUserTokenKey({ db, sealer });
  const auth = { db, now, sealer, userTokenKey };
  const warn = (sentence: string): void => log.warn({}, sentence);
  if (account !== undefined) await bootstrapUser({ ...auth, connectionId: builtin.id, warn }, account);
  await firstAdmin({ db, now }, builtin.id);
  await readdressRepos(db, builtin.id, publicUrl);
  await clearSyncing(db);
  const pollMs = isShared ? SHARED_POLL_MS : undefined;
  const logs = openFileLogStore({ folder: join(config.dataFolder, 'logs') });
  const events = createEventHub({ db, pollMs });
  // Stages of runners on other machines outlive this process, and so do their clone tokens.
  const cloneKey = createHmac('sha256', await userTokenKey())
    .update('clone tokens')
    .digest();
  const sources = new Map<number, RepoSource>();
  const cronChanged = createSignal();
  const cloneAccess = new Map<number, CloneAccess>();
  const handOut = createHandOutParts({
    ...{ publicUrl, version, now, cloneKey, sources, cloneAccess },
    builtinConnectionId: builtin.id,
    isPrivateMode: config.server.isPrivate,
    pathPrefix: config.server.pathPrefix,
    rewrites: config.services.clone.rewrites,
  });
  const leaseMs = config.queue.leaseMs;
  const queue = createRunnerService({ db, logs, events, sealer, nowMs, leaseMs, pollMs, ...handOut });
  const places = { sources, cloneAccess, handOut };
  const rest = { cronChanged, builtinConnectionId: builtin.id, ...places, sharedPollMs: pollMs };
  return { nowMs, now, db, logs, events, queue, cloneKey, sealer, userTokenKey, ...rest };
}
