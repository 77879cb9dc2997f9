import { type Repo, slugAtService, type Visibility } from '@sortie/core/repo';
import { RESERVED_SEGMENTS } from '@sortie/core/reserved';
import { type Db, inTransaction } from '../store/db.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';
import { keepLeftNamespace, keepNamespace } from '../store/repo-lookups.ts';
import { type RepoPatch, updateRepo } from '../store/repos.ts';
import { placeRepo } from './place-repo.ts';
import { tellOfRetired } from './repo-intents.ts';

/** What a Git service says of a repository, in a list or a verified webhook. Empty texts say nothing. */
export interface RepoFacts {
  readonly namespace: string;
  readonly name: string;
  readonly httpUrl: string;
  readonly sshUrl: string;
  readonly link: string;
  readonly defaultBranch: string;
  readonly isPrivate: boolean;
  /** Absent where it tells no more than `isPrivate`. */
  readonly visibility?: Visibility;
}

type Facts = Omit<RepoFacts, 'namespace' | 'name'>;

/**
 * What the facts change, without the place. A repository that its service shows to fewer people than before is shown to
 * no more here, so that its logs and badges are hidden; one that is opened there is opened here by a person.
 */
export function factsPatch(repo: Repo, facts: Facts): RepoPatch {
  const said = visibilitySaid(repo, facts);
  const patch = { ...addressPatch(repo, facts), ...changesOf(repo, { serviceVisibility: said }) };
  return hasNarrowed(repo, facts, said)
    ? { ...patch, ...changesOf(repo, { visibility: narrower(repo.visibility, said) }) }
    : patch;
}

/** What the facts change of addresses, default branch and privacy at the service. */
export function addressPatch(repo: Repo, facts: Facts): RepoPatch {
  const { httpUrl, sshUrl, link, defaultBranch, isPrivate } = facts;
  return changesOf(repo, {
    ...(httpUrl === '' ? {} : { httpUrl }),
    ...(sshUrl === '' ? {} : { sshUrl }),
    ...(link === '' ? {} : { link }),
    ...(defaultBranch === '' ? {} : { defaultBranch }),
    isPrivate,
  });
}

function changesOf(repo: Repo, patch: RepoPatch): RepoPatch {
  return Object.fromEntries(
    Object.entries(patch).filter(([key, value]) => repo[key as keyof Repo] !== value),
  );
}

/** A word that leaves open whether it is `internal` does not take that back. */
function visibilitySaid({ serviceVisibility }: Repo, { isPrivate, visibility }: Facts): Visibility {
  if (visibility === 'public' && isPrivate) return 'private';
  if (visibility !== undefined) return visibility;
  if (serviceVisibility === 'internal') return serviceVisibility;
  return isPrivate ? 'private' : 'public';
}

/** Of a repository whose visibility at the service was never kept only `isPrivate` is known of before. */
function hasNarrowed(repo: Repo, { isPrivate }: Facts, said: Visibility): boolean {
  const before = repo.serviceVisibility ?? '';
  return before === '' ? isPrivate && !repo.isPrivate : WIDTHS[said] < WIDTHS[before];
}

const WIDTHS: Readonly<Record<Visibility, number>> = { private: 0, internal: 1, public: 2 };

/** That of the two which fewer people see. */
export function narrower(a: Visibility, b: Visibility): Visibility {
  return WIDTHS[a] < WIDTHS[b] ? a : b;
}

/** Whether the service calls the repository something else than we do. Pages and routes of this server stay theirs. */
export function isMoved(repo: Repo, { namespace, name }: Pick<RepoFacts, 'namespace' | 'name'>): boolean {
  const [first = ''] = namespace.toLowerCase().split('/');
  return slugAtService(repo) !== `${namespace}/${name}` && !RESERVED_SEGMENTS.has(first);
}

/**
 * Brings a repository in step with what its service says of it now: name after a renaming or transfer, addresses, default
 * branch, privacy. The facts must be about this repository (same connection and uid) and come from a list or a verified
 * webhook. Returns it as it is then; `undefined` when it is gone. `now` is unix seconds.
 */
export async function applyRepoFacts(
  db: Db,
  repo: Repo,
  facts: RepoFacts,
  now: number,
): Promise<Repo | undefined> {
  if (!isMoved(repo, facts)) {
    const patch = factsPatch(repo, facts);
    if (Object.keys(patch).length === 0) return repo;
    return updateRepo(db, repo.id, { ...patch, updated: now });
  }
  const move = () =>
    inTransaction(db, async (tx) => {
      const { connectionId, uid } = repo;
      if (facts.namespace !== repo.namespace) {
        await keepNamespace(tx, facts.namespace);
        await keepLeftNamespace(tx, repo.namespace);
      }
      const { place, retired } = await placeRepo(tx, { connectionId, uid, ...facts, now });
      await tellOfRetired(tx, retired, now);
      return updateRepo(tx, repo.id, { ...factsPatch(repo, facts), ...place, updated: now });
    });
  try {
    return await move();
  } catch (error) {
    // Another one has taken the name in the same moment; now it is there to be seen.
    if (!isDuplicateKey(error)) throw error;
    return move();
  }
}
