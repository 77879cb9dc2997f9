import { type Build, type BuildEvent, isForkBuild, isPullRequestBuild } from './build.ts';
import { assertNever } from './errors.ts';
import { matchGlob } from './glob.ts';
import type { Repo } from './repo.ts';

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

/** Longest value, in bytes of UTF-8: half of what Linux takes for one variable, whose name needs room too. */
export const MAX_SECRET_BYTES = 64 * 1024;

type BuildOrigin = Pick<Build, 'event' | 'ref' | 'sourceRepo'>;

/**
 * Whether a build may have a secret, apart from images (pipeline.md 4.4, scm.md X23, api-legacy.md 5.4). The secret is
 * one of the repository, of its namespace or of the server.
 */
export function isSecretForBuild(
  secret: Secret,
  build: BuildOrigin,
  repo: Pick<Repo, 'slug' | 'serviceSlug'>,
): boolean {
  if (isPullRequestBuild(build) && !secret.allowsPullRequests) return false;
  if (secret.repoId === 0 && isForkBuild(build, repo)) return false;
  const event = isPullRequestBuild(build) ? 'pull_request' : legacyEventOf(build.event);
  return secret.legacy === undefined || matchesAny(secret.legacy.events, event);
}

/** What the 0.5 API calls the event of a build (api-legacy.md 5.2). */
export function legacyEventOf(event: BuildEvent): 'push' | 'pull_request' | 'tag' | 'deployment' {
  switch (event) {
    case 'push':
    case 'cron':
    case 'custom':
      return 'push';
    case 'promote':
    case 'rollback':
      return 'deployment';
    case 'pull_request':
    case 'tag':
      return event;
    default:
      return assertNever(event);
  }
}

/** Whether a step may have a secret of these images; `*` alone is every step, also one without an image. */
export function allowsImage(images: readonly string[], image: string | undefined): boolean {
  return images.includes('*') || (image !== undefined && matchesAny(images, image));
}

/** Globs of a shell: `*` stays within a segment however often it stands there, and braces are letters. */
export function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchGlob(pattern.replace(/\\.|[{}]|\*+/g, toPlainGlob), text));
}

function toPlainGlob(piece: string): string {
  if (piece.startsWith('*')) return '*';
  return piece.startsWith('\\') ? piece : `\\${piece}`;
}
