import { setTimeout as pause } from 'node:timers/promises';
import type { RepoAccessRule } from '@sortie/core/access';
import { AppError } from '@sortie/core/errors';
import type { Permission, Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { findConnectionById } from '../store/connections.ts';
import type { Db } from '../store/db.ts';
import { findIdentityOfUser, listIdentitiesOfUser } from '../store/identities.ts';
import { findPermissionRow, type StoredPermission } from '../store/permissions.ts';
import type { GitServices, TokenBroker } from './git-service.ts';
import { createPermissionAsker, type PermissionAsker } from './permission-asker.ts';
import { isOutage, outage } from './service-outage.ts';

export interface RepoPermissionDeps {
  readonly db: Db;
  readonly services: Pick<GitServices, 'find'>;
  readonly broker: TokenBroker;
  /** Unix seconds. */
  readonly now: () => number;
  /** For work that nobody waits for; `what` completes the log entry of a failure. */
  readonly background: (what: string, work: () => Promise<void>) => void;
  /** Told when the service no longer shows a repository to somebody who had a row, or shows it under another name. */
  readonly onLost?: (user: User) => void;
  /** How long a reader with a usable row waits for the service; milliseconds. */
  readonly patienceMs?: number;
}

export interface PermissionQuestion {
  readonly user: User;
  readonly repo: Repo;
  /** What is going to be done. */
  readonly rule: RepoAccessRule;
  /** Nothing is changed, whatever right the rule asks for. */
  readonly onlyLooks?: boolean;
}

/** What an account may do; `undefined` = nothing that is written down. */
export type FindPermission = (question: PermissionQuestion) => Promise<Permission | undefined>;

export interface RepoPermissions {
  readonly find: FindPermission;
  /** Asks the service for a repository that is not here, as `find` does for one that is hidden. Never throws `AppError`. */
  readonly miss: (user: User, slug: string) => Promise<void>;
}

/** Ages in seconds (scm.md 5.3, X27). */
export const PERMISSION_AGES = {
  /** Good for reading without asking. */
  read: 3600,
  /** From here on the service is asked in the background while the row is still good. */
  refresh: 2700,
  /** Good for changing anything. */
  write: 60,
  /** Good for reading while the service is out. */
  outage: 86_400,
} as const;

/**
 * What accounts may do with repositories. Rows of the built-in host are the truth. Those of a Git service are copies with
 * an age: a young one is believed, an old one is compared with the service, by the token of the account itself. While
 * the service is out, readers are served from rows of the last day, and nothing can be changed.
 */
export function createRepoPermissions(deps: RepoPermissionDeps): RepoPermissions {
  const { db, now } = deps;
  const asker = createPermissionAsker(deps);
  const isAuthority = createAuthorities(db);
  const find: FindPermission = async (question) => {
    const { user, repo, rule } = question;
    const isLooking = rule === 'repo:read' || question.onlyLooks === true;
    const row = await findPermissionRow(db, user.id, repo.id);
    if (user.isAdmin || (await isAuthority(repo.connectionId))) return row;
    if (row === undefined) return findUnknown(db, asker, question);
    const age = row.synced > now() ? Number.POSITIVE_INFINITY : now() - row.synced;
    const isOut = asker.isOut(repo.connectionId);
    if (age <= (isLooking ? PERMISSION_AGES.read : PERMISSION_AGES.write)) {
      if (age >= PERMISSION_AGES.refresh && !isOut) {
        deps.background(`the check of rights to ${repo.slug}`, () => withoutOutage(asker.ask(user, repo)));
      }
      return row;
    }
    if (!isLooking) return askOrRefuse(() => asker.ask(user, repo));
    const ask = () => (isOut ? Promise.reject(outage()) : asker.ask(user, repo));
    return readOld(deps, question, { row, age, ask });
  };
  return { find, miss: (user, slug) => missRepo(deps, asker, user, slug) };
}

/** Somebody without a row, who may be a new collaborator. */
async function findUnknown(
  db: Db,
  asker: PermissionAsker,
  question: PermissionQuestion,
): Promise<Permission | undefined> {
  const { user, repo } = question;
  const isHidden = repo.visibility === 'private' && asker.isOut(repo.connectionId);
  if (isHidden || asker.isStranger(user, repo.slug) || !(await isWorthAsking(db, question))) return undefined;
  return hideFailure(repo, () => asker.ask(user, repo));
}

/** Nobody waits for it, and whoever comes when the row is too old hears what is wrong. */
async function withoutOutage(question: Promise<unknown>): Promise<void> {
  try {
    await question;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

/** Whether rows of a connection are the truth: those of the built-in host. */
function createAuthorities(db: Db): (connectionId: number) => Promise<boolean> {
  const known = new Map<number, boolean>();
  return async (connectionId) => {
    const answer =
      known.get(connectionId) ?? (await findConnectionById(db, connectionId))?.kind === 'builtin';
    known.set(connectionId, answer);
    return answer;
  };
}

/** Not for machines and strangers to the service, nor for what everybody who is signed in may see anyway. */
async function isWorthAsking(db: Db, { user, repo, rule }: PermissionQuestion): Promise<boolean> {
  if (user.isMachine || (rule === 'repo:read' && repo.visibility !== 'private')) return false;
  const identity = await findIdentityOfUser(db, user.id, repo.connectionId);
  return identity !== undefined && identity.accessSealed !== '';
}

/** Nobody learns from an error that there is a private repository of which they have no row. */
async function hideFailure<Found>(repo: Repo, ask: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await askOrRefuse(ask);
  } catch (error) {
    if (error instanceof AppError && repo.visibility === 'private') return undefined;
    throw error;
  }
}

async function askOrRefuse<Found>(ask: () => Promise<Found>): Promise<Found> {
  try {
    return await ask();
  } catch (error) {
    throw isOutage(error) ? outage(error) : error;
  }
}

interface OldRow {
  readonly row: StoredPermission;
  /** Seconds. */
  readonly age: number;
  readonly ask: () => Promise<StoredPermission | undefined>;
}

/** A reader with an old row: the service decides, unless it is out and the row is of the last day. */
async function readOld(
  { patienceMs = 5000 }: RepoPermissionDeps,
  { repo, rule }: PermissionQuestion,
  { row, age, ask }: OldRow,
): Promise<Permission | undefined> {
  const isUsable = age <= PERMISSION_AGES.outage;
  const isReader = rule === 'repo:read';
  // Without the rights to change anything: those would be refused. A route that only looks needs them to be there.
  const reading = isReader ? { read: row.read, write: false, admin: false } : row;
  const answered = new AbortController();
  try {
    if (!isUsable) return await ask();
    const late = pause(patienceMs, 'late' as const, { ref: false, signal: answered.signal });
    const answer = await Promise.race([ask(), late]);
    return answer === 'late' ? reading : answer;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (isReader && repo.visibility !== 'private') return reading;
    if (!isOutage(error)) throw error;
    if (isUsable) return reading;
    throw outage(error);
  } finally {
    answered.abort();
  }
}

/**
 * Whoever has an account at a Git service is answered about unknown repositories as late as about hidden ones, and again at
 * once for as long: the time of the answer does not tell what is here.
 */
async function missRepo(
  { db, services, broker }: RepoPermissionDeps,
  asker: PermissionAsker,
  user: User,
  slug: string,
): Promise<void> {
  if (user.isMachine || user.isAdmin || asker.isStranger(user, slug)) return;
  const identities = await listIdentitiesOfUser(db, user.id);
  const at = identities.find(({ connectionId, accessSealed }) => services.find(connectionId) && accessSealed);
  if (at === undefined || asker.isOut(at.connectionId)) return;
  const { userId, connectionId } = at;
  try {
    await broker.use({ userId, connectionId }, (token, { driver }) => driver.findRepo(token, { slug }));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'not-found') asker.noteStranger(user, slug);
    else asker.noteFailure(connectionId, error);
  }
}
