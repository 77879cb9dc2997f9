import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { bootstrapUser, parseBootstrapAccount } from './auth/bootstrap.ts';
import { createUserTokenKey, type UserTokenDeps } from './auth/user-token.ts';
import { createEventHub, type EventHub } from './events/hub.ts';
import { createSignal, type Signal } from './events/signal.ts';
import { firstAdmin } from './first-admin.ts';
import { openFileLogStore } from './logs/file-log-store.ts';
import type { LogStore } from './logs/log-store.ts';
import type { HandOutDeps } from './queue/hand-out.ts';
import { createRunnerService, type QueueService } from './queue/runner-service.ts';
import { openSealer } from './seal/open-sealer.ts';
import type { Sealer } from './seal/sealer.ts';
import { CLONE_LOGIN, signCloneToken } from './services/clone-token.ts';
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
/** A clone token outlives the time limit of its stage by this much. */
const CLONE_TOKEN_SLACK_SECONDS = 600;

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
  /** What goes with a stage to its runner. */
  readonly handOut: Required<Pick<HandOutDeps, 'system' | 'cloneCredentials' | 'changedFiles'>>;
  /** How often to look for what other servers wrote; absent without any. */
  readonly sharedPollMs: number | undefined;
}

/** Opens what everything else rests on, and settles what an earlier process has left: keys, accounts, addresses. */
export async function openCore(
  { config, version }: Pick<StartOptions, 'config' | 'version'>,
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
  if (account !== undefined) await bootstrapUser({ ...auth, connectionId: builtin.id }, account);
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
  const about = { config, version, publicUrl, now, builtinConnectionId: builtin.id, cloneKey, sources };
  const handOut = createHandOut(about);
  const leaseMs = config.queue.leaseMs;
  const queue = createRunnerService({ db, logs, events, sealer, nowMs, leaseMs, pollMs, ...handOut });
  const rest = { cronChanged, builtinConnectionId: builtin.id, sources, handOut, sharedPollMs: pollMs };
  return { nowMs, now, db, logs, events, queue, cloneKey, sealer, userTokenKey, ...rest };
}

interface HandOutOptions extends Pick<StartOptions, 'config' | 'version'> {
  readonly publicUrl: string;
  readonly now: () => number;
  readonly builtinConnectionId: number;
  readonly cloneKey: Buffer;
  readonly sources: ReadonlyMap<number, RepoSource>;
}

function createHandOut(options: HandOutOptions): Core['handOut'] {
  const { config, version, publicUrl, now, builtinConnectionId, cloneKey, sources } = options;
  const url = new URL(publicUrl);
  return {
    // With the path, since links to builds are made of it.
    system: { proto: url.protocol.slice(0, -1), host: `${url.host}${config.server.pathPrefix}`, version },
    cloneCredentials: (repo, build) => {
      const isOpen = repo.visibility === 'public' && !config.server.isPrivate;
      if (repo.connectionId !== builtinConnectionId || isOpen) return undefined;
      const expires = now() + repo.timeoutMinutes * 60 + CLONE_TOKEN_SLACK_SECONDS;
      const password = signCloneToken(cloneKey, { repoId: repo.id, buildId: build.id, expires });
      return { machine: url.hostname, login: CLONE_LOGIN, password };
    },
    changedFiles: async (repo, { event, before, after }) => {
      if (event !== 'push' && event !== 'pull_request') return undefined;
      return sources.get(repo.connectionId)?.changedFiles?.(repo, before, after);
    },
  };
}
