/**
 * A secret of a repository, of a namespace (organisation), or of the whole server. The value is not part of it: it is
 * sealed in the store and opened only for the runner of a build that may have it. Times are unix seconds.
 */
export interface Secret {
  readonly id: number;
  /** 0 for secrets of a namespace. */
  readonly repoId: number;
  /** Empty for secrets of a repository; `GLOBAL_NAMESPACE` for those of the server. */
  readonly namespace: string;
  readonly name: string;
  /** Builds of pull requests may have it. */
  readonly allowsPullRequests: boolean;
  /** Kept and shown for clients of Drone; nothing reads it. */
  readonly allowsPullRequestPushes: boolean;
  /** What the 0.5 API knows beside; `undefined` for secrets that were made through version 1. */
  readonly legacy: LegacySecretRules | undefined;
  readonly created: number;
  readonly updated: number;
}

/** Restrictions of a secret that was made through the 0.5 API (api-legacy.md 2.6). */
export interface LegacySecretRules {
  /** Globs of images that may have it; `*` alone is every image. */
  readonly images: readonly string[];
  /** Globs of 0.5 event names that may have it; none means no event. */
  readonly events: readonly string[];
  readonly skipVerify: boolean;
  readonly conceal: boolean;
}

/** Secrets for every repository live here; the name cannot be one of a namespace. */
export const GLOBAL_NAMESPACE = '__global__';

/** True for a name of a secret: one or more ASCII letters, digits, `-`, `_` and `.` (api-v1.md 3.8). */
export function isSecretName(name: string): boolean {
  return /^[A-Za-z0-9._-]{1,500}$/.test(name);
}
