import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { listRepoPlaces, type RepoPlace } from '../store/places.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { attemptItem, type BulkDeps, type ItemFailure, requireSize } from './bulk-item.ts';
import { type DisableRepoDeps, disableRepo } from './disable-repo.ts';
import { type EnableRepoDeps, enableRepo } from './enable-repo.ts';

export type ActivateManyDeps = EnableRepoDeps & DisableRepoDeps & BulkDeps;

export interface ActivateManyInput {
  /** Slugs; `undefined` for all repositories of `namespace` that are administered. */
  readonly slugs: readonly string[] | undefined;
  readonly namespace: string | undefined;
  readonly isActive: boolean;
  readonly isDryRun: boolean;
  readonly user: User;
  /** Which repositories the caller administers. */
  readonly isReached: (repo: Pick<Repo, 'id' | 'visibility'>) => boolean;
  /** Asks once more, and the Git service where what is known is old, before a repository is changed. Throws. */
  readonly recheck: (repoId: number) => Promise<void>;
}

type Outcome = 'activated' | 'deactivated' | 'would-activate' | 'would-deactivate' | 'unchanged';

export type ActivateResult = { readonly slug: string } & ({ readonly result: Outcome } | ItemFailure);

const MAX_REPOS = 500;

/** Throws `bulk-too-large`, and `not-found` for a namespace of which the caller administers nothing. */
export async function activateMany(
  deps: ActivateManyDeps,
  input: ActivateManyInput,
): Promise<readonly ActivateResult[]> {
  const slugs = [...new Set(input.slugs ?? (await slugsOf(deps, input)))];
  requireSize(slugs.length, MAX_REPOS, 'repositories');
  const results: ActivateResult[] = [];
  for (const slug of slugs) {
    results.push({ slug, ...(await attemptItem(deps, 'an activation', () => changeOne(deps, slug, input))) });
  }
  return results;
}

async function slugsOf(
  { db }: ActivateManyDeps,
  { namespace, isReached }: ActivateManyInput,
): Promise<readonly string[]> {
  const isMeant = (repo: RepoPlace) => repo.namespace === namespace && isReached(repo);
  const slugs = (await listRepoPlaces(db)).filter(isMeant).map(({ slug }) => slug);
  if (slugs.length > 0) return slugs;
  throw new AppError('not-found', 'Not Found', {
    hint: 'This account administers no repository of that namespace; synchronise the account, or check the name.',
  });
}

async function changeOne(deps: ActivateManyDeps, slug: string, input: ActivateManyInput): Promise<Outcome> {
  const { isActive, isDryRun, user } = input;
  const repo = await findRepoBySlug(deps.db, slug);
  if (repo === undefined || !input.isReached(repo)) {
    throw new AppError('not-found', 'Not Found', {
      hint: 'The repository does not exist, or this account does not administer it.',
    });
  }
  if (repo.isActive === isActive) return 'unchanged';
  if (isDryRun) return isActive ? 'would-activate' : 'would-deactivate';
  await input.recheck(repo.id);
  if (isActive) await enableRepo(deps, { repo, user });
  else await disableRepo(deps, { repo, user });
  return isActive ? 'activated' : 'deactivated';
}
