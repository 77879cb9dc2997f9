import { AppError } from '@sortie/core/errors';
import { GLOBAL_NAMESPACE } from '@sortie/core/secret';
import { findSecretPlaces, listRepoPlaces, type RepoPlace } from '../store/places.ts';
import type { SecretHome } from '../store/secrets.ts';
import {
  attemptItem,
  type BulkDeps,
  compileChoice,
  filterInTurns,
  type ItemFailure,
  requireSize,
} from './bulk-item.ts';
import { changeSecret, requireSecretName, requireSecretValue, type SetSecretDeps } from './set-secret.ts';

export type RotateManyDeps = SetSecretDeps & BulkDeps;

export interface RotateManyInput {
  readonly name: string;
  readonly value: string;
  /** Globs of slugs and of namespaces; `undefined` means none of that kind. */
  readonly repos: readonly string[] | undefined;
  readonly namespaces: readonly string[] | undefined;
  readonly isDryRun: boolean;
  /** Which of them the caller may write. */
  readonly isRepoReached: (repo: RepoPlace) => boolean;
  readonly isNamespaceReached: (namespace: string) => Promise<boolean>;
  /** Asks once more, and the Git service where what is known is old, before a repository is changed. Throws. */
  readonly recheck: (repoId: number) => Promise<void>;
}

export type RotateResult = { readonly kind: 'repo' | 'namespace'; readonly place: string } & (
  | { readonly result: 'rotated' | 'would-rotate' }
  | ItemFailure
);

interface Place {
  readonly kind: 'repo' | 'namespace';
  readonly place: string;
  readonly home: SecretHome;
}

const MAX_PLACES = 500;

/**
 * Gives every secret of the name that is reached a new value. Throws `secret-invalid` for a name or value that cannot be used,
 * `bulk-too-large`, and `not-found` when no such secret is reached.
 */
export async function rotateMany(
  deps: RotateManyDeps,
  input: RotateManyInput,
): Promise<readonly RotateResult[]> {
  requireSecretName(input.name);
  requireSecretValue(input.value);
  const places = await findPlaces(deps, input);
  requireSize(places.length, MAX_PLACES, 'secrets');
  if (places.length === 0) {
    throw new AppError('not-found', 'Not Found', {
      hint: `There is no secret called ${JSON.stringify(input.name)} in these places that this account may change.`,
    });
  }
  const results: RotateResult[] = [];
  for (const { kind, place, home } of places) {
    const outcome = await attemptItem(deps, 'a rotation', () => rotateOne(deps, home, input));
    results.push({ kind, place, ...outcome });
  }
  return results;
}

async function findPlaces({ db }: RotateManyDeps, input: RotateManyInput): Promise<readonly Place[]> {
  const { repos, namespaces } = input;
  const known = await findSecretPlaces(db, input.name);
  const places: Place[] = [];
  if (repos !== undefined) {
    const isNamed = compileChoice(repos);
    const isMeant = (repo: RepoPlace) =>
      known.repoIds.has(repo.id) && isNamed(repo.slug) && input.isRepoReached(repo);
    for (const { id, slug } of await filterInTurns(await listRepoPlaces(db), isMeant)) {
      places.push({ kind: 'repo', place: slug, home: { repoId: id } });
    }
  }
  if (namespaces === undefined) return places;
  const isChosen = compileChoice(namespaces);
  for (const namespace of known.namespaces) {
    // Secrets of the server are never meant by a pattern.
    const isServer = namespace === GLOBAL_NAMESPACE;
    const isNamed = isServer ? namespaces.includes(GLOBAL_NAMESPACE) : isChosen(namespace);
    if (!isNamed || !(await input.isNamespaceReached(namespace))) continue;
    places.push({ kind: 'namespace', place: namespace, home: { namespace } });
  }
  return places;
}

async function rotateOne(
  deps: RotateManyDeps,
  home: SecretHome,
  { name, value, isDryRun, recheck }: RotateManyInput,
): Promise<'rotated' | 'would-rotate'> {
  if (isDryRun) return 'would-rotate';
  if ('repoId' in home) await recheck(home.repoId);
  if ((await changeSecret(deps, { ...home, name }, { value })) !== undefined) return 'rotated';
  throw new AppError('not-found', 'The secret has been removed meanwhile.', {
    hint: 'Create it again if the repository still needs it.',
  });
}
