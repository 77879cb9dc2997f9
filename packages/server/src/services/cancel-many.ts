import { AppError } from '@sortie/core/errors';
import { isDone, type Status } from '@sortie/core/status';
import { attemptItem, type BulkDeps, type ItemFailure, requireSize } from './bulk-item.ts';
import { type CancelBuildDeps, cancelBuild } from './cancel-build.ts';
import { type BuildFilter, type FoundBuild, searchBuilds } from './search-builds.ts';

export type CancelManyDeps = CancelBuildDeps & BulkDeps;

export type CancelResult = { readonly slug: string; readonly number: number } & (
  | { readonly result: 'cancelled' | 'would-cancel' }
  | ItemFailure
);

const MAX_BUILDS = 1000;

/**
 * Cancels every unfinished build that fits, newest first, so that a place that becomes free goes to none of them.
 * Throws `bulk-too-large` before anything is done.
 */
export async function cancelMany(
  deps: CancelManyDeps,
  filter: BuildFilter,
  options: {
    readonly isDryRun: boolean;
    /** Asks once more, and the Git service where what is known is old, before a build is cancelled. Throws. */
    readonly recheck: (repoId: number) => Promise<void>;
  },
): Promise<readonly CancelResult[]> {
  const found = await findAll(deps, filter);
  requireSize(found.length, MAX_BUILDS, 'builds');
  const results: CancelResult[] = [];
  for (const { build, slug } of found) {
    const outcome = options.isDryRun
      ? { result: 'would-cancel' as const }
      : await attemptItem(deps, 'a cancel', async () => {
          await options.recheck(build.repoId);
          return cancelOne(deps, build.id, filter.statuses);
        });
    results.push({ slug, number: build.number, ...outcome });
  }
  return results;
}

async function findAll({ db }: CancelManyDeps, filter: BuildFilter): Promise<readonly FoundBuild[]> {
  const found: FoundBuild[] = [];
  let before: number | undefined;
  for (;;) {
    const page = await searchBuilds(db, filter, { before, limit: MAX_BUILDS + 1 });
    found.push(...page.builds);
    if (page.next === 0 || found.length > MAX_BUILDS) return found;
    before = page.next;
  }
}

/** The build may have gone on since it was listed: one that was to be cancelled while it waits is not when it runs. */
async function cancelOne(
  deps: CancelManyDeps,
  buildId: number,
  statuses: readonly Status[],
): Promise<'cancelled'> {
  const wanted = new Set(statuses.flatMap((status) => (status === 'blocked' ? OPEN : [status])));
  const after = await cancelBuild(deps, buildId, 'killed', (build) => wanted.has(build.status));
  if (after === undefined)
    throw new AppError('not-found', 'The build has been removed meanwhile.', {
      hint: 'There is nothing left to cancel.',
    });
  if (after.status === 'killed') return 'cancelled';
  throw new AppError('illegal-move', `The build has gone on to ${after.status} meanwhile.`, {
    hint: isDone(after.status) ? undefined : 'Name that status too if it is to be cancelled.',
  });
}

const OPEN: readonly Status[] = ['pending', 'running'];
