import { type Repo, UNTOUCHED_REPO, type Visibility } from '@sortie/core/repo';
import { RESERVED_SEGMENTS } from '@sortie/core/reserved';
import type { NewRepo } from '../store/repos.ts';
import type { ForgeRepo } from './forge.ts';
import type { RepoPlace } from './place-repo.ts';

/** Which repositories are taken over from Git services, and with which settings they begin. */
export interface SyncRules {
  /** `DRONE_REPOSITORY_FILTER`: the only namespaces, with everything below them; empty = all. */
  readonly namespaces: readonly string[];
  /** `DRONE_REPOSITORY_VISIBILITY`; empty = as the service says. */
  readonly visibility: Visibility | '';
  /** `DRONE_REPOSITORY_TRUSTED`. */
  readonly isTrusted: boolean;
}

export const NO_RULES: SyncRules = { namespaces: [], visibility: '', isTrusted: false };

/** Archived ones are never built, and pages and routes of this server come before owners. */
export function isWanted(rules: SyncRules, found: ForgeRepo): boolean {
  const namespace = found.namespace.toLowerCase();
  const [first = ''] = namespace.split('/');
  if (found.isArchived || RESERVED_SEGMENTS.has(first) || !hasUsableName(found)) return false;
  const isBelow = (wanted: string): boolean => namespace === wanted || namespace.startsWith(`${wanted}/`);
  return rules.namespaces.length === 0 || rules.namespaces.some((wanted) => isBelow(wanted.toLowerCase()));
}

const MAX_SLUG = 500;

/** What no address can hold would be found in lists and nowhere else. */
function hasUsableName({ namespace, name }: ForgeRepo): boolean {
  const segments = [...namespace.split('/'), name];
  const isLong = segments.join('/').length > MAX_SLUG;
  return !isLong && segments.every((segment) => !/^\.{0,2}$|[\p{Cc}\p{Cs}/\\]/u.test(segment));
}

/** What a repository is when this server first hears of it: inactive, nobody's. `now` is unix seconds. */
export function newRepo(
  rules: SyncRules,
  found: ForgeRepo,
  rest: RepoPlace & { readonly connectionId: number; readonly now: number },
): NewRepo {
  const { now, ...place } = rest;
  return {
    ...UNTOUCHED_REPO,
    ...place,
    uid: found.uid,
    httpUrl: found.httpUrl,
    sshUrl: found.sshUrl,
    link: found.link,
    defaultBranch: found.defaultBranch,
    isPrivate: found.isPrivate,
    visibility: visibilityOf(rules, found),
    serviceVisibility: found.visibility,
    isTrusted: rules.isTrusted,
    synced: now,
    created: now,
    updated: now,
  };
}

/** A setting opens nothing that the service keeps private. */
function visibilityOf({ visibility }: SyncRules, found: ForgeRepo): Repo['visibility'] {
  const isInternal = found.visibility === 'internal' && (visibility === '' || visibility === 'internal');
  if (isInternal) return 'internal';
  if (found.isPrivate) return 'private';
  return visibility === '' ? 'public' : visibility;
}
