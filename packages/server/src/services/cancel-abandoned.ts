import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import { findIndexedBuild } from '../store/branch-index.ts';
import { listSupersededBuilds } from '../store/builds.ts';
import { type CancelBuildDeps, cancelBuild } from './cancel-build.ts';

/** What has ended at the Git service: a branch by its name, or a pull request by its number. */
export interface Abandoned {
  readonly kind: 'branch' | 'pull';
  readonly key: string;
}

/**
 * The builds that nobody waits for any more, where the repository wants them cancelled (scm.md 4.3): pushes of a branch
 * that was deleted, or those of a pull request that was closed. Ask before its entry leaves the list of latest builds.
 */
export async function findAbandonedBuilds(
  { db }: Pick<CancelBuildDeps, 'db'>,
  repo: Repo,
  { kind, key }: Abandoned,
): Promise<readonly Build[]> {
  if (repo.autoCancelClosed !== true) return [];
  const number = repo.counter + 1;
  if (kind === 'branch') {
    const pushes = { repoId: repo.id, event: 'push', ref: `refs/heads/${key}`, number } as const;
    return listSupersededBuilds(db, pushes, { isRunningIncluded: true });
  }
  const latest = await findIndexedBuild(db, { repoId: repo.id, kind, key });
  if (latest?.event !== 'pull_request') return [];
  const open = await listSupersededBuilds(db, { ...latest, number }, { isRunningIncluded: true });
  // Where pull requests have no refs, two of one branch are told apart by what they are for.
  return open.filter(({ target }) => target === latest.target);
}

/** Those that have ended meanwhile stay as they are. */
export async function cancelAll(deps: CancelBuildDeps, builds: readonly Build[]): Promise<void> {
  for (const { id } of builds) await cancelBuild(deps, id);
}
