import { type Repo, slugAtService } from '@sortie/core/repo';
import type { Db } from '../store/db.ts';
import { findReposByUids } from '../store/repo-lookups.ts';
import type { ForgeRepo } from './forge.ts';
import { isMoved } from './repo-facts.ts';

/** Repositories that are written in one transaction: so many take some hundredths of a second. */
const PORTION = 200;

export interface ListingPlan {
  readonly portions: readonly (readonly ForgeRepo[])[];
  /** Ids of the repositories of the list that are known here, by uid. */
  readonly ids: ReadonlyMap<string, number>;
}

/**
 * Cuts a list into portions so that each can be written for itself: first those that have moved, so that their old names
 * are free for others. Repositories that give their names to each other stay together, or one would seem to be gone.
 * `pause` is awaited between portions.
 */
export async function planPortions(
  db: Db,
  { connectionId, found }: { readonly connectionId: number; readonly found: readonly ForgeRepo[] },
  pause: () => Promise<unknown>,
): Promise<ListingPlan> {
  const ids = new Map<string, number>();
  const moved: Move[] = [];
  const rest: ForgeRepo[] = [];
  for (const portion of cut(found)) {
    const known = await findReposByUids(
      db,
      connectionId,
      portion.map(({ uid }) => uid),
    );
    for (const one of portion) {
      const repo = known.get(one.uid);
      if (repo !== undefined) ids.set(one.uid, repo.id);
      if (repo !== undefined && isMoved(repo, one)) moved.push({ one, repo });
      else rest.push(one);
    }
    await pause();
  }
  const { entangled, free } = sortMoves(moved);
  return { portions: [...(entangled.length > 0 ? [entangled] : []), ...cut(free), ...cut(rest)], ids };
}

interface Move {
  readonly one: ForgeRepo;
  readonly repo: Repo;
}

function sortMoves(moves: readonly Move[]) {
  const holders = new Map(
    moves.flatMap(({ one, repo }) =>
      [repo.slug, slugAtService(repo)].map((slug) => [slug.toLowerCase(), one.uid] as const),
    ),
  );
  const entangled = new Set<string>();
  for (const { one } of moves) {
    const holder = holders.get(`${one.namespace}/${one.name}`.toLowerCase());
    if (holder === undefined || holder === one.uid) continue;
    entangled.add(holder).add(one.uid);
  }
  const all = moves.map(({ one }) => one);
  return {
    entangled: all.filter(({ uid }) => entangled.has(uid)),
    // A namespace is looked up once for each portion.
    free: all
      .filter(({ uid }) => !entangled.has(uid))
      .sort((a, b) => (a.namespace < b.namespace ? -1 : a.namespace > b.namespace ? 1 : 0)),
  };
}

/** Portions of a list that can be written in any order. */
export function cut(found: readonly ForgeRepo[]): readonly (readonly ForgeRepo[])[] {
  const count = Math.ceil(found.length / PORTION);
  return Array.from({ length: count }, (_, at) => found.slice(at * PORTION, (at + 1) * PORTION));
}
