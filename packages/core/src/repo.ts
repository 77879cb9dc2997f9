import type { ForkApproval, ForkConfig } from './approval.ts';

export const VISIBILITIES = ['public', 'private', 'internal'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/** How far the priority of a repository goes, up and down. */
export const MAX_PRIORITY = 100;

export interface Repo {
  readonly id: number;
  readonly connectionId: number;
  /** Id of the repository at its connection; survives renames. */
  readonly uid: string;
  /** Owner account whose credentials builds use; 0 = none. */
  readonly userId: number;
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name`, unique. */
  readonly slug: string;
  /** `namespace/name` at the Git service where that is not the slug; absent or empty = it is. */
  readonly serviceSlug?: string;
  readonly httpUrl: string;
  readonly sshUrl: string;
  readonly link: string;
  readonly defaultBranch: string;
  readonly isPrivate: boolean;
  readonly visibility: Visibility;
  /** What its Git service called it last; absent or empty = it has not said. */
  readonly serviceVisibility?: Visibility | '';
  readonly isActive: boolean;
  readonly configPath: string;
  readonly isTrusted: boolean;
  readonly isProtected: boolean;
  readonly ignoreForks: boolean;
  readonly ignorePullRequests: boolean;
  /** A pull request that is opened again is not built; absent: it is. */
  readonly ignoreReopened?: boolean;
  /** Absent: `default`. */
  readonly forkApproval?: ForkApproval;
  /** Absent: `head`. */
  readonly forkConfig?: ForkConfig;
  readonly autoCancelPullRequests: boolean;
  readonly autoCancelPushes: boolean;
  readonly autoCancelRunning: boolean;
  /** Builds of deleted branches and closed pull requests are cancelled; absent: they go on. */
  readonly autoCancelClosed?: boolean;
  /** Which events of the Git service are built; all of them unless a 0.5 client has switched some off. */
  readonly allowPush: boolean;
  readonly allowTags: boolean;
  readonly allowDeploys: boolean;
  /** Picture of the owner at the Git service; empty when it gives none. */
  readonly avatarUrl: string;
  /** Minutes that one stage may take. */
  readonly timeoutMinutes: number;
  /** Stages of the repository that may run at once; 0 = unlimited. */
  readonly throttle: number;
  /** From `-MAX_PRIORITY` to `MAX_PRIORITY`: stages of higher ones are handed out first; absent: 0. */
  readonly priority?: number;
  /** The last used build number. */
  readonly counter: number;
  readonly synced: number;
  readonly created: number;
  readonly updated: number;
  readonly version: number;
}

/** What the Git service calls the repository: calls to it take this name, everybody else the slug. */
export function slugAtService(repo: Pick<Repo, 'slug' | 'serviceSlug'>): string {
  return repo.serviceSlug || repo.slug;
}

/** The settings of a repository that nobody has activated or changed. */
export const UNTOUCHED_REPO = {
  userId: 0,
  isActive: false,
  configPath: '',
  isTrusted: false,
  isProtected: false,
  ignoreForks: false,
  ignorePullRequests: false,
  ignoreReopened: false,
  forkApproval: 'default',
  forkConfig: 'head',
  autoCancelPullRequests: false,
  autoCancelPushes: false,
  autoCancelRunning: false,
  autoCancelClosed: false,
  allowPush: true,
  allowTags: true,
  allowDeploys: true,
  avatarUrl: '',
  timeoutMinutes: 0,
  throttle: 0,
  priority: 0,
} as const satisfies Partial<Repo>;

/** What one account may do with one repository. Each right includes the ones before it. */
export interface Permission {
  readonly read: boolean;
  readonly write: boolean;
  readonly admin: boolean;
}

/** Whoever has no row. */
export const NO_PERMISSION: Permission = { read: false, write: false, admin: false };
