import type { Build, BuildEvent } from '@sortie/core/build';
import type { Status } from '@sortie/core/status';
import { type BuildSearch, searchBuilds as findBuilds } from '../store/build-search.ts';
import type { Db } from '../store/db.ts';
import { listRepoPlaces, type RepoPlace } from '../store/places.ts';
import { compileChoice, filterInTurns } from './bulk-item.ts';

/** Which builds are meant; an empty list leaves nothing out. Patterns are globs. */
export interface BuildFilter {
  readonly statuses: readonly Status[];
  readonly repos: readonly string[];
  readonly namespaces: readonly string[];
  /** Of the target branch. */
  readonly branches: readonly string[];
  readonly events: readonly BuildEvent[];
  /** Unix seconds. */
  readonly createdBefore?: number;
  /** Which repositories the caller may see, or change. */
  readonly isReached: (repo: RepoPlace) => boolean;
}

export interface FoundBuild {
  readonly build: Build;
  readonly slug: string;
}

export interface BuildPage {
  readonly builds: readonly FoundBuild[];
  /** `before` of the next page; 0 at the end. A page may be short, even empty, and not be the last. */
  readonly next: number;
}

/** Parameters of one statement. */
const MAX_REPO_IDS = 500;
const ROWS_PER_READ = 500;
/** A page looks at so many builds at most, so that a rare match does not hold everybody up. */
const MAX_ROWS = 20_000;

/** Builds of all repositories that fit, newest first, by keyset. */
export async function searchBuilds(
  db: Db,
  filter: BuildFilter,
  page: { readonly before: number | undefined; readonly limit: number },
): Promise<BuildPage> {
  const places = await listRepoPlaces(db);
  const meant = await filterInTurns(places, choiceOfRepos(filter));
  const slugs = new Map(meant.map((repo) => [repo.id, repo.slug]));
  if (slugs.size === 0) return { builds: [], next: 0 };
  const isNarrow = slugs.size < places.length && slugs.size <= MAX_REPO_IDS;
  const search: BuildSearch = {
    limit: ROWS_PER_READ,
    before: page.before,
    statuses: filter.statuses.filter((status) => status !== 'blocked'),
    isBlockedWanted: filter.statuses.includes('blocked'),
    events: filter.events,
    createdBefore: filter.createdBefore,
    repoIds: isNarrow ? [...slugs.keys()] : undefined,
  };
  const isOnBranch = compileChoice(filter.branches);
  const found: FoundBuild[] = [];
  let before = page.before;
  for (let rows = 0; rows < MAX_ROWS; rows += ROWS_PER_READ) {
    const builds = await findBuilds(db, { ...search, before });
    for (const build of builds) {
      before = build.id;
      const slug = slugs.get(build.repoId);
      if (slug === undefined || !isOnBranch(build.target)) continue;
      found.push({ build, slug });
      if (found.length === page.limit) return { builds: found, next: before };
    }
    if (builds.length < ROWS_PER_READ) return { builds: found, next: 0 };
  }
  return { builds: found, next: before ?? 0 };
}

function choiceOfRepos(filter: BuildFilter): (repo: RepoPlace) => boolean {
  const isNamed = compileChoice(filter.repos);
  const isInNamespace = compileChoice(filter.namespaces);
  return (repo) => filter.isReached(repo) && isNamed(repo.slug) && isInNamespace(repo.namespace);
}
