import type { CloneCredentials, SystemInfo } from '@sortie/contract/runner';
import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { RunnerScope } from '@sortie/core/runner-token';
import type { RateLimiter } from '../auth/rate-limit.ts';
import type { EventHub } from '../events/hub.ts';
import type { LogStore } from '../logs/log-store.ts';
import type { QueueService } from '../queue/runner-service.ts';
import type { Sealer } from '../seal/sealer.ts';
import type { CloneFacts } from '../services/clone-address.ts';
import type { Db } from '../store/db.ts';

/** Times and secret of the runner protocol; milliseconds. */
export interface RpcSettings {
  /** The shared secret; empty when there is none. */
  readonly secret: string;
  /** How long a poll for work is held. */
  readonly pollMs: number;
  /** Status of a poll that found nothing: 200 with `{}` lets the runner ask again at once, 204 after 10 s. */
  readonly emptyPollStatus: 200 | 204;
  readonly watchMs: number;
  /** How long a stage stays offered to the runner that it was sent to. */
  readonly offerMs: number;
  /** How long a stage is a runner's after it has accepted, and after each sign of life about it. */
  readonly acceptLeaseMs: number;
  readonly leaseMs: number;
  /** How long refusals are held back: official runners ask again at once, for ever. */
  readonly refusalDelayMs: number;
}

export interface RpcDeps {
  readonly db: Db;
  readonly logs: LogStore;
  readonly events: EventHub;
  readonly queue: QueueService;
  readonly sealer: Sealer;
  readonly limiter: RateLimiter;
  readonly settings: RpcSettings;
  readonly nowMs: () => number;
  /** Aborts when the server stops. */
  readonly closing: AbortSignal;
  /** Ends early when the signal aborts. Never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How often waiting calls look without having been woken: what other servers changed. Absent: never. */
  readonly sharedPollMs: number | undefined;
  readonly system: SystemInfo;
  readonly publicUrl: string;
  readonly cloneCredentials: (
    repo: Repo,
    build: Build,
  ) => Promise<CloneCredentials | undefined> | CloneCredentials | undefined;
  /** The facts with the addresses that runners are to fetch from; as they are unless given. */
  readonly forRunner?: (facts: CloneFacts) => CloneFacts;
  readonly changedFiles?: (repo: Repo, build: Build) => Promise<readonly string[] | undefined>;
  readonly log: { error(fields: Readonly<Record<string, unknown>>, message: string): void };
}

/** Who calls, as far as the protocol says it. */
export interface RpcCaller {
  /** 0 for the shared secret. */
  readonly tokenId: number;
  /** Of its token; empty for the shared secret. */
  readonly name: string;
  readonly address: string;
  /** By what the calls of one runner are recognised: its token, with the address for the shared secret. */
  readonly key: string;
  readonly scope: RunnerScope;
}
