import type { ChangeSummary } from './changes.ts';
import type { KeyedLocks } from './gate.ts';
import type { GitBinary } from './git.ts';
import type { GitPool } from './git-pool.ts';
import type { GitRepo } from './objects.ts';
import type { PushOptions } from './push-options.ts';
import type { UsageMeter } from './usage.ts';

/** Who pushes or fetches. The host looks at the login only and hands the rest through. */
export interface GitAccount {
  readonly login: string;
}

export interface Credentials {
  readonly login: string;
  readonly password: string;
  /** Network address of the client; absent when nobody knows it. */
  readonly address?: string;
}

export interface RepoName {
  readonly namespace: string;
  readonly name: string;
}

export interface HostedRepo {
  readonly id: number;
  /** Hex, names the folder. */
  readonly uid: string;
  /** Overrides the limit of the host. */
  readonly quotaBytes?: number;
}

/**
 * `unauthorized` asks for (other) credentials, `forbidden` is for those who may read but not push, `not-found`
 * hides what the account may not know of, `create` lets a first push make the repository.
 */
export type Access =
  | { readonly outcome: 'ok'; readonly repo: HostedRepo }
  | { readonly outcome: 'unauthorized' | 'forbidden' | 'not-found' | 'create' };

export interface Push<A extends GitAccount> extends ChangeSummary {
  readonly repo: HostedRepo;
  readonly account: A;
  readonly options: PushOptions;
  /** The branch that HEAD names after the push, without `refs/heads/`. */
  readonly defaultBranch: string;
  /** For reading the pipeline file and the commit. */
  readonly git: GitRepo;
}

export interface GitHostDeps<A extends GitAccount> {
  /** Folder of all repositories; created when absent. */
  readonly root: string;
  readonly git: GitBinary;
  /** Unix seconds. */
  now(): number;
  /** The account behind a login and password; `undefined` when they are wrong. An `AppError` becomes its status. */
  authenticate(credentials: Credentials): Promise<A | undefined>;
  authorize(account: A | undefined, repo: RepoName, right: 'read' | 'write'): Promise<Access>;
  /** Called once per name, after `authorize` said `create`. */
  createRepo(account: A, namespace: string, name: string): Promise<HostedRepo>;
  /**
   * Called after refs have moved, under the lock of the repository, before the answer ends; returns lines for the
   * terminal of the pusher. When it throws, the push stands and `reconcile` finds the change again.
   */
  onPush(push: Push<A>): Promise<readonly string[]>;
  log(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>): void;
  readonly limits?: Partial<GitHostLimits>;
}

export interface GitHostLimits {
  /** git children at once, for transfers and for queries each. */
  readonly children: number;
  /** Requests that may wait for a place, and for one repository. */
  readonly waiting: number;
  /** Wall-clock time of one git child. */
  readonly childMs: number;
  /** Size of one repository. */
  readonly repoBytes: number;
  /** Objects in one pack. */
  readonly objects: number;
  /** Refs of one repository, and ref commands in one push. */
  readonly refs: number;
  /** Body of a fetch. */
  readonly fetchRequestBytes: number;
  /** What is read and thrown away of a push that has been refused, so that its client sees why. */
  readonly discardBytes: number;
}

const MIB = 1024 * 1024;

/** scm.md 7.2, 7.6 and 7.7. */
export const DEFAULT_LIMITS: GitHostLimits = {
  children: 4,
  waiting: 64,
  childMs: 10 * 60_000,
  repoBytes: 1024 * MIB,
  objects: 5_000_000,
  refs: 10_000,
  fetchRequestBytes: 32 * MIB,
  discardBytes: 64 * MIB,
};

/** What the parts of a running host share. */
export interface HostContext<A extends GitAccount> {
  readonly deps: GitHostDeps<A>;
  readonly limits: GitHostLimits;
  readonly pool: GitPool;
  readonly locks: KeyedLocks;
  readonly usage: UsageMeter;
  /** Registers work that goes on after `handle` has returned; `close` waits for it. */
  track(work: Promise<void>): void;
}
