import type { Permission, Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { Tx } from '../store/db.ts';
import {
  confirmPermissions,
  listPermissionRows,
  removePermission,
  type StoredPermission,
  upsertPermission,
} from '../store/permissions.ts';
import { findReposByUids, keepNamespace } from '../store/repo-lookups.ts';
import { insertRepo, updateRepo } from '../store/repos.ts';
import { clearMissing } from '../store/sync-state.ts';
import type { ForgeRepo } from './forge.ts';
import { placeRepo, setAside } from './place-repo.ts';
import { factsPatch, isMoved } from './repo-facts.ts';
import { type Doubt, doubtOf } from './sync-doubt.ts';
import { newRepo, type SyncRules } from './sync-rules.ts';

/** What a Git service shows to an account. */
export interface Listing {
  readonly user: User;
  readonly connectionId: number;
  /** Those that the rules let through. */
  readonly found: readonly ForgeRepo[];
  readonly rules: SyncRules;
  /** What the answer before was doubted for. */
  readonly earlier: Doubt | undefined;
  /** Unix seconds. */
  readonly now: number;
  /** When the service was asked; unix seconds. Rights that were confirmed later than this are newer than the list. */
  readonly asked: number;
}

export interface StoredListing {
  /** Repositories that another one has taken the name of; they were switched off. */
  readonly retired: readonly Repo[];
  /** Set when nothing was taken away because the answer is too odd to be believed once. */
  readonly doubt: Doubt | undefined;
}

/** Writes down what a Git service shows (scm.md 5.2): repositories, and what the account may do with them. */
export async function storeListing(tx: Tx, listing: Listing): Promise<StoredListing> {
  const { user, connectionId, now } = listing;
  const { byUid, retired } = await storeRepos(tx, listing);
  const seen = new Set([...byUid.values()].map(({ id }) => id));
  const rows = await listPermissionRows(tx, user.id, connectionId);
  const granted = await storeRights(tx, { listing, byUid, rows });
  await clearMissing(tx, connectionId, seen);
  const gone = [...rows]
    .map(([id, row]) => ({ id, ...row }))
    .filter((row) => !granted.has(row.id) && !isNewer(row, listing));
  const doubt = doubtOf({ rows: rows.size, gone, now }, listing.earlier);
  if (doubt !== undefined) return { retired, doubt };
  for (const { id } of gone) await removePermission(tx, user.id, id);
  return { retired, doubt };
}

/** For the built-in host, whose rows are the truth: only what has changed of repositories that are there. */
export async function storeOwnListing(tx: Tx, listing: Listing): Promise<void> {
  const { connectionId, found, now } = listing;
  const known = await findReposByUids(
    tx,
    connectionId,
    found.map(({ uid }) => uid),
  );
  for (const one of found) {
    const repo = known.get(one.uid);
    const patch = repo === undefined ? {} : factsPatch(repo, one);
    if (repo !== undefined && Object.keys(patch).length > 0)
      await updateRepo(tx, repo.id, { ...patch, synced: now });
  }
}

async function storeRepos(tx: Tx, { connectionId, found, rules, now }: Listing) {
  const uids = found.map(({ uid }) => uid);
  const known = await findReposByUids(tx, connectionId, uids);
  // Two repositories may have exchanged their names: first all make room, then each takes its new place.
  for (const one of found) {
    const repo = known.get(one.uid);
    if (repo !== undefined && repo.namespace !== one.namespace) await keepNamespace(tx, one.namespace);
    if (repo !== undefined && isMoved(repo, one)) await updateRepo(tx, repo.id, await setAside(tx, repo));
  }
  const byUid = new Map<string, Repo>();
  const retired: Repo[] = [];
  for (const one of found) {
    const repo = known.get(one.uid);
    const isPlaced = repo !== undefined && !isMoved(repo, one);
    const placed = isPlaced ? undefined : await placeRepo(tx, { connectionId, ...one, now });
    if (placed !== undefined) retired.push(...placed.retired);
    const stored = await storeRepo(tx, repo, one, { place: placed?.place, connectionId, rules, now });
    byUid.set(one.uid, stored);
  }
  return { byUid, retired };
}

interface StoreOptions {
  /** Absent when it stays where it is. */
  readonly place: Awaited<ReturnType<typeof placeRepo>>['place'] | undefined;
  readonly connectionId: number;
  readonly rules: SyncRules;
  readonly now: number;
}

async function storeRepo(
  tx: Tx,
  repo: Repo | undefined,
  found: ForgeRepo,
  { place, connectionId, rules, now }: StoreOptions,
): Promise<Repo> {
  if (repo === undefined) {
    if (place === undefined) throw new TypeError(`${found.uid} has no place`);
    return insertRepo(tx, newRepo(rules, found, { ...place, connectionId, now }));
  }
  const patch = { ...factsPatch(repo, found), ...place };
  if (Object.keys(patch).length === 0) return repo;
  return (await updateRepo(tx, repo.id, { ...patch, synced: now, updated: now })) ?? repo;
}

interface Rights {
  readonly listing: Listing;
  readonly byUid: ReadonlyMap<string, Repo>;
  readonly rows: ReadonlyMap<number, StoredPermission>;
}

/** Writes the rights of a list that can be believed. Returns the repositories that the account may read. */
async function storeRights(tx: Tx, { listing, byUid, rows }: Rights): Promise<ReadonlySet<number>> {
  const { user, found, asked } = listing;
  const granted = new Set<number>();
  const same: number[] = [];
  for (const { uid, permission } of found) {
    const repoId = byUid.get(uid)?.id ?? 0;
    const row = rows.get(repoId);
    if (permission?.read === false) continue;
    granted.add(repoId);
    if (row !== undefined && isNewer(row, listing)) continue;
    if (row !== undefined && (permission === undefined || isSame(row, permission))) {
      if (permission !== undefined) same.push(repoId);
      continue;
    }
    // A list that tells no rights shows that there is one to read; the service is asked when somebody comes.
    const right = permission ?? { read: true, write: false, admin: false };
    const synced = permission === undefined ? 0 : asked;
    await upsertPermission(tx, { userId: user.id, repoId }, { ...right, synced });
  }
  await confirmPermissions(tx, user.id, { repoIds: same, synced: asked });
  return granted;
}

/** The service was asked for this one after it was asked for the list. A time to come means that the clock was set back. */
function isNewer({ synced }: StoredPermission, { asked, now }: Listing): boolean {
  return synced > asked && synced <= now;
}

function isSame(a: Permission, b: Permission): boolean {
  return a.read === b.read && a.write === b.write && a.admin === b.admin;
}
