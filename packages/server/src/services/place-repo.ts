import { type Repo, slugAtService } from '@sortie/core/repo';
import type { Tx } from '../store/db.ts';
import { findRepoBySlugInAnyCase } from '../store/repo-lookups.ts';
import { updateRepo } from '../store/repos.ts';

/** Under which name a repository is kept. */
export interface RepoPlace {
  readonly namespace: string;
  readonly name: string;
  readonly slug: string;
  /** Empty unless the slug is another one than at the service. */
  readonly serviceSlug: string;
}

export interface PlaceWish {
  readonly connectionId: number;
  readonly uid: string;
  /** As the service calls it. */
  readonly namespace: string;
  readonly name: string;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * Finds a slug for a repository: that of its service, with a number behind it when a repository of another connection has
 * it already. One of the same connection with another uid does not exist under that name any more: it was deleted or
 * renamed, so it steps aside with its history and is switched off. Returns those too.
 */
export async function placeRepo(
  tx: Tx,
  wish: PlaceWish,
): Promise<{ readonly place: RepoPlace; readonly retired: readonly Repo[] }> {
  const { connectionId, uid, namespace, name, now } = wish;
  const wanted = `${namespace}/${name}`;
  const retired: Repo[] = [];
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? name : `${name}-${number}`;
    const slug = `${namespace}/${free}`;
    const place = { namespace, name: free, slug, serviceSlug: slug === wanted ? '' : wanted };
    const holder = await findRepoBySlugInAnyCase(tx, slug);
    const isOurs = holder?.connectionId === connectionId;
    if (holder === undefined || (isOurs && holder.uid === uid)) return { place, retired };
    if (isOurs && slugAtService(holder).toLowerCase() === wanted.toLowerCase()) {
      const gone = await updateRepo(tx, holder.id, {
        ...(await setAside(tx, holder)),
        isActive: false,
        updated: now,
      });
      return { place, retired: gone === undefined ? retired : [...retired, gone] };
    }
  }
}

/** A name that no service gives, so that it takes nobody's place: `name~uid`. */
export async function setAside(tx: Tx, repo: Repo): Promise<RepoPlace> {
  const { namespace } = repo;
  const [, base = repo.name] = slugAtService(repo).match(/\/([^/]+)$/) ?? [];
  const plain = `${base}~${repo.uid.replace(/[^\w.-]/g, '')}`;
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? plain : `${plain}-${number}`;
    const slug = `${namespace}/${name}`;
    const holder = await findRepoBySlugInAnyCase(tx, slug);
    if (holder === undefined || holder.id === repo.id) return { namespace, name, slug, serviceSlug: '' };
  }
}
