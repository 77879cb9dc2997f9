import type { WireVersion } from '@sortie/contract/system';
import type { Repo } from '@sortie/core/repo';
import type { Config } from './config-build.ts';
import type { ErrorLog } from './errors.ts';
import type { EventHub } from './events/hub.ts';
import type { HookWork } from './hook-work.ts';
import type { LogStore } from './logs/log-store.ts';
import type { Profiler } from './profiling/profiler.ts';
import type { QueueService } from './queue/runner-service.ts';
import type { RpcParts } from './rpc/rpc-parts.ts';
import type { Sealer } from './seal/sealer.ts';
import type { ForgeOf } from './services/forge.ts';
import type { GitServices, TokenBroker } from './services/git-service.ts';
import type { SingleSignOn } from './services/sign-in-ways.ts';
import type { RepoSource } from './services/source.ts';
import type { RepoSync } from './services/sync-repos.ts';
import type { Db } from './store/db.ts';

export interface AppLog extends ErrorLog {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info?(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What a server is put together from. */
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
