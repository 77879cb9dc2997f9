import type { Permission, Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';
import {
  confirmPermissions,
  findPermissionRows,
  listPermissionRows,
  removePermissions,
  type StoredPermission,
  upsertPermission,
} from '../store/permissions.ts';
import { findReposByUids, keepLeftNamespace, keepNamespace } from '../store/repo-lookups.ts';
import { insertRepo, updateRepo } from '../store/repos.ts';
import { clearMissing, noteSyncSuspicion } from '../store/sync-state.ts';
import type { ForgeRepo } from './forge.ts';
import { planPortions } from './listing-portions.ts';
import { placeRepo, setAside } from './place-repo.ts';
import { factsPatch, isMoved } from './repo-facts.ts';
import { insertRepoIntent } from './repo-intents.ts';
import { type Doubt, type Doubts, doubtOf, printDoubts } from './sync-doubt.ts';
import { newRepo, type SyncRules } from './sync-rules.ts';

/** What a Git service shows to an account. */
export interface Listing {
  readonly user: User;
  readonly connectionId: number;
  /** Those that the rules let through. */
  readonly found: readonly ForgeRepo[];
  readonly rules: SyncRules;
  /** What the answers before were doubted for, by connection. */
  readonly earlier: Doubts;
  /** Unix seconds. */
  readonly now: () => number;
  /** When the service was asked; unix seconds. What was learned later than this is newer than the list. */
  readonly asked: number;
}

export interface StoredListing {
  /** Repositories that another one has taken the name of; they were switched off. */
  readonly retired: readonly Repo[];
  /** Set when nothing was taken away because the answer is too odd to be believed once. */
  readonly doubt: Doubt | undefined;
}

/**
 * Writes down what a Git service shows (scm.md 5.2): repositories, and what the account may do with them. A long list is
 * written in portions, with a `pause` between them, so that others are served meanwhile. Rights are taken away at the
 * very end, all at once; where it breaks off before, nothing is lost and the next list goes on.
 */
export async function storeListing(
  db: Db,
  listing: Listing,
  pause: () => Promise<unknown>,
): Promise<StoredListing> {
  const plan = await planPortions(db, listing, pause);
  const begun = await inTransaction(db, (tx) => lookFirst(tx, listing, plan.ids));
  const written: Written = { granted: new Set(), seen: new Set() };
  const retired: Repo[] = [];
  for (const portion of plan.portions) {
    retired.push(...(await storePortion(db, { ...listing, found: portion }, written)));
    await pause();
  }
  const doubt = await inTransaction(db, (tx) => takeAway(tx, listing, { ...written, ...begun }));
  return { retired, doubt };
}

interface Written {
  /** Repositories that the account may read, and all that were shown. */
  readonly granted: Set<number>;
  readonly seen: Set<number>;
}

interface Begun {
  /** How many repositories the account had a row for. */
  readonly rows: number;
  readonly doubt: Doubt | undefined;
}

/**
 * A doubt is written down before anything else: what the portions add must not make a strange answer look usual to a run
 * that begins where this one has broken off.
 */
async function lookFirst(tx: Tx, listing: Listing, ids: ReadonlyMap<string, number>): Promise<Begun> {
  const { user, connectionId, earlier, found, now } = listing;
  const rows = await listPermissionRows(tx, user.id, connectionId);
  const shown = found.filter(({ permission }) => permission?.read !== false);
  const readable = new Set(shown.map(({ uid }) => ids.get(uid)));
  const doubt = doubtOf(
    { rows: rows.size, gone: goneOf(rows, readable, listing), now: now() },
    earlier[connectionId],
  );
  if (doubt !== undefined && doubt !== earlier[connectionId]) {
    await noteSyncSuspicion(tx, user.id, printDoubts({ ...earlier, [connectionId]: doubt }));
  }
  return { rows: rows.size, doubt };
}

async function takeAway(tx: Tx, listing: Listing, run: Written & Begun): Promise<Doubt | undefined> {
  const { user, connectionId, earlier, now } = listing;
  await clearMissing(tx, connectionId, run.seen);
  const rows = await listPermissionRows(tx, user.id, connectionId);
  const gone = goneOf(rows, run.granted, listing);
  const doubt = doubtOf({ rows: run.rows, gone, now: now() }, run.doubt ?? earlier[connectionId]);
  if (doubt !== undefined) return doubt;
  await removePermissions(
    tx,
    user.id,
    gone.map(({ id }) => id),
  );
  return undefined;
}

function goneOf(
  rows: ReadonlyMap<number, StoredPermission>,
  granted: ReadonlySet<number | undefined>,
  listing: Listing,
) {
  return [...rows]
    .map(([id, row]) => ({ id, ...row }))
    .filter((row) => !granted.has(row.id) && !isNewer(row.synced, listing));
}

const MAX_TRIES = 3;

async function storePortion(db: Db, portion: Listing, written: Written): Promise<readonly Repo[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      const stored = await inTransaction(db, async (tx) => {
        const { byUid, retired } = await storeRepos(tx, portion);
        for (const repo of retired) {
          await insertRepoIntent(tx, { action: 'disabled', repo, user: portion.user, now: portion.now() });
        }
        return { byUid, retired, granted: await storeRights(tx, portion, byUid) };
      });
      for (const id of stored.granted) written.granted.add(id);
      for (const { id } of stored.byUid.values()) written.seen.add(id);
      return stored.retired;
    } catch (error) {
      // Somebody with the same repositories was faster by a moment; now they are there.
      if (!isDuplicateKey(error) || tries >= MAX_TRIES) throw error;
    }
  }
}

async function storeRepos(tx: Tx, listing: Listing) {
  const { connectionId, found } = listing;
  const now = listing.now();
  const uids = found.map(({ uid }) => uid);
  const known = await findReposByUids(tx, connectionId, uids);
  const byUid = new Map<string, Repo>();
  // What a webhook has told while the list was read is newer than the list.
  for (const [uid, repo] of known) if (isNewer(repo.updated, listing)) byUid.set(uid, repo);
  const older = found.filter(({ uid }) => !byUid.has(uid));
  const moves = older.flatMap((one) => {
    const repo = known.get(one.uid);
    return repo !== undefined && isMoved(repo, one) ? [{ one, repo }] : [];
  });
  const entered = moves.filter(({ one, repo }) => repo.namespace !== one.namespace);
  for (const namespace of new Set(entered.map(({ one }) => one.namespace)))
    await keepNamespace(tx, namespace);
  for (const namespace of new Set(entered.map(({ repo }) => repo.namespace)))
    await keepLeftNamespace(tx, namespace);
  // Two repositories may have exchanged their names: first all make room, then each takes its new place.
  for (const { repo } of moves) await updateRepo(tx, repo.id, await setAside(tx, repo));
  const retired: Repo[] = [];
  for (const one of older) {
    const repo = known.get(one.uid);
    const isPlaced = repo !== undefined && !isMoved(repo, one);
    const placed = isPlaced ? undefined : await placeRepo(tx, { connectionId, ...one, now });
    if (placed !== undefined) retired.push(...placed.retired);
    byUid.set(one.uid, await storeRepo(tx, repo, one, { place: placed?.place, listing }));
  }
  return { byUid, retired };
}

interface StoreOptions {
  /** Absent when it stays where it is. */
  readonly place: Awaited<ReturnType<typeof placeRepo>>['place'] | undefined;
  readonly listing: Pick<Listing, 'connectionId' | 'rules' | 'now'>;
}

async function storeRepo(
  tx: Tx,
  repo: Repo | undefined,
  found: ForgeRepo,
  { place, listing }: StoreOptions,
): Promise<Repo> {
  const { connectionId, rules } = listing;
  const now = listing.now();
  if (repo === undefined) {
    if (place === undefined) throw new TypeError(`${found.uid} has no place`);
    return insertRepo(tx, newRepo(rules, found, { ...place, connectionId, now }));
  }
  const patch = { ...factsPatch(repo, found), ...place };
  if (Object.keys(patch).length === 0) return repo;
  return (await updateRepo(tx, repo.id, { ...patch, synced: now, updated: now })) ?? repo;
}

/** Writes the rights of a list that can be believed. Returns the repositories that the account may read. */
async function storeRights(
  tx: Tx,
  listing: Listing,
  byUid: ReadonlyMap<string, Repo>,
): Promise<ReadonlySet<number>> {
  const { user, found, asked } = listing;
  const rows = await findPermissionRows(
    tx,
    user.id,
    [...byUid.values()].map(({ id }) => id),
  );
  const granted = new Set<number>();
  const same: number[] = [];
  for (const { uid, permission } of found) {
    const repoId = byUid.get(uid)?.id ?? 0;
    const row = rows.get(repoId);
    if (permission?.read === false) continue;
    granted.add(repoId);
    if (row !== undefined && isNewer(row.synced, listing)) continue;
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

/** Learned after the service was asked for the list. A time to come means that the clock was set back. */
function isNewer(at: number, { asked, now }: Listing): boolean {
  return at > asked && at <= now();
}

function isSame(a: Permission, b: Permission): boolean {
  return a.read === b.read && a.write === b.write && a.admin === b.admin;
}
