import { type Repo, UNTOUCHED_REPO } from '@sortie/core/repo';
import { RESERVED_SEGMENTS } from '@sortie/core/reserved';
import type { User } from '@sortie/core/user';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';
import {
  listPermissionsOfUser,
  markUnverified,
  removePermission,
  upsertPermission,
} from '../store/permissions.ts';
import { findRepoBySlug, findRepoByUid, insertRepo, listReposOfUser, updateRepo } from '../store/repos.ts';
import { updateUser } from '../store/users.ts';
import type { Forge, ForgeOf, ForgeRepo } from './forge.ts';
import { factsOf } from './repair-repo.ts';

export interface SyncReposDeps {
  readonly db: Db;
  readonly forgeOf: ForgeOf;
  /** Unix seconds. */
  readonly now: () => number;
}

/**
 * Brings the repositories of an account in step with its Git service (api-v1.md 3.1). `syncing` of the account is true
 * meanwhile, and `synced` is set at the end, also of a failure. Throws what the Git service throws.
 */
export async function syncRepos(deps: SyncReposDeps, user: User): Promise<void> {
  const finish = await beginSync(deps, user);
  await finish();
}

/** The same in two parts: `syncing` is true when this returns, and what it returns does the work. */
export async function beginSync(deps: SyncReposDeps, user: User): Promise<() => Promise<void>> {
  await updateUser(deps.db, user.id, { isSyncing: true });
  return async () => {
    try {
      const forge = deps.forgeOf(user.connectionId);
      const found = (await forge.listRepos(user)).filter(isWanted);
      await storeListing(deps.db, { forge, user, found, now: deps.now() });
    } finally {
      await updateUser(deps.db, user.id, { isSyncing: false, synced: deps.now() });
    }
  };
}

/** Archived ones are never built, and pages and routes of this server come before owners. */
function isWanted(found: ForgeRepo): boolean {
  return !found.isArchived && !RESERVED_SEGMENTS.has(found.namespace.toLowerCase());
}

interface Listing {
  readonly forge: Forge;
  readonly user: User;
  readonly found: readonly ForgeRepo[];
  readonly now: number;
}

async function storeListing(db: Db, listing: Listing): Promise<void> {
  const run = () => inTransaction(db, (tx) => store(tx, listing));
  try {
    await run();
  } catch (error) {
    // Somebody with the same repositories was faster by a moment; now they are there.
    if (!isDuplicateKey(error)) throw error;
    await run();
  }
}

async function store(tx: Tx, { forge, user, found, now }: Listing): Promise<void> {
  if (!forge.isAuthoritative) await markUnverified(tx, user.id, user.connectionId);
  const known = await listPermissionsOfUser(tx, user.id);
  const seen = new Set<number>();
  for (const one of found) {
    const repo = await storeRepo(tx, { forge, connectionId: user.connectionId, found: one, now });
    if (repo === undefined) continue;
    seen.add(repo.id);
    if (forge.isAuthoritative || known.has(repo.id)) continue;
    // What more the account may do is asked of the service when it first tries.
    const row = { read: true, write: false, admin: false, synced: 0 };
    await upsertPermission(tx, { userId: user.id, repoId: repo.id }, row);
  }
  if (!forge.isAuthoritative) await dropVanished(tx, user, seen);
}

interface FoundRepo {
  readonly forge: Forge;
  readonly connectionId: number;
  readonly found: ForgeRepo;
  readonly now: number;
}

async function storeRepo(tx: Tx, input: FoundRepo): Promise<Repo | undefined> {
  const { forge, connectionId, found, now } = input;
  const repo = await findRepoByUid(tx, connectionId, found.uid);
  if (repo === undefined) {
    // Where rows are the truth, one that is gone has been removed meanwhile.
    if (forge.isAuthoritative) return undefined;
    return insertRepo(tx, await toNewRepo(tx, connectionId, found, now));
  }
  const isMoved = repo.namespace !== found.namespace || repo.name !== found.name;
  // A slug with a suffix stays: the plain one belonged to another repository then.
  const place = isMoved && !hasSuffix(repo, found) ? await placeOf(tx, found) : {};
  const patch = { ...place, ...factsOf(found) };
  const isSame = Object.entries(patch).every(([key, value]) => repo[key as keyof Repo] === value);
  if (isSame) return repo;
  return (await updateRepo(tx, repo.id, { ...patch, synced: now, updated: now })) ?? repo;
}

function hasSuffix(repo: Repo, found: ForgeRepo): boolean {
  const tail = repo.name.startsWith(`${found.name}-`) ? repo.name.slice(found.name.length + 1) : '';
  return repo.namespace === found.namespace && /^[1-9]\d*$/.test(tail);
}

async function toNewRepo(tx: Tx, connectionId: number, found: ForgeRepo, now: number) {
  return {
    ...UNTOUCHED_REPO,
    ...(await placeOf(tx, found)),
    ...factsOf(found),
    connectionId,
    uid: found.uid,
    link: found.link,
    visibility: found.visibility,
    synced: now,
    created: now,
    updated: now,
  };
}

/** Repositories of several services share the slugs: a taken one gets a number. */
async function placeOf(tx: Tx, { namespace, name }: ForgeRepo) {
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? name : `${name}-${number}`;
    const slug = `${namespace}/${free}`;
    if ((await findRepoBySlug(tx, slug)) === undefined) return { namespace, name: free, slug };
  }
}

async function dropVanished(tx: Tx, user: User, seen: ReadonlySet<number>): Promise<void> {
  for (const { repo } of await listReposOfUser(tx, user.id)) {
    if (repo.connectionId !== user.connectionId || seen.has(repo.id)) continue;
    await removePermission(tx, user.id, repo.id);
  }
}
