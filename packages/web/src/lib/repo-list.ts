import type { Repo } from '@sortie/sdk/types';
import { isActive, isBad } from './status.ts';

/** Repositories whose name contains every word of the filter, whatever the case; running first, then the newest. */
export function arrangeRepos(repos: readonly Repo[], filter: string): readonly Repo[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = repos.filter((repo) => words.every((word) => repo.slug.toLowerCase().includes(word)));
  return found.toSorted(
    (a, b) => rank(b) - rank(a) || lastTime(b) - lastTime(a) || a.slug.localeCompare(b.slug),
  );
}

/** How many repositories run, fail and exist, for the line above the list. */
export function countRepos(repos: readonly Repo[]): { running: number; failing: number; total: number } {
  const statuses = repos.flatMap((repo) => repo.build?.status ?? []);
  return {
    running: statuses.filter((status) => status === 'running' || status === 'pending').length,
    failing: statuses.filter((status) => isBad(status)).length,
    total: repos.length,
  };
}

function rank(repo: Repo): number {
  return repo.build !== undefined && isActive(repo.build.status) ? 1 : 0;
}

function lastTime(repo: Repo): number {
  return repo.build?.created ?? 0;
}
