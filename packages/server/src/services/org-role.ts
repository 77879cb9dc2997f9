import type { OrgAccessRule, OrgRole } from '@sortie/core/access';
import { namesNamespaces } from '@sortie/core/connection';
import { AppError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import { isScmError } from '@sortie/scm/errors';
import { findConnectionById } from '../store/connections.ts';
import type { Db } from '../store/db.ts';
import { findIdentityOfUser, type Identity } from '../store/identities.ts';
import { findMembershipRow, removeMembership, upsertMembership } from '../store/memberships.ts';
import { listConnectionsOfNamespace } from '../store/repo-lookups.ts';
import type { GitServices, TokenBroker } from './git-service.ts';
import { isOutage, outage } from './service-outage.ts';

export interface OrgRoleDeps {
  readonly db: Db;
  readonly services: Pick<GitServices, 'find'>;
  readonly broker: TokenBroker;
  /** Unix seconds. */
  readonly now: () => number;
}

export interface RoleQuestion {
  readonly user: User;
  readonly namespace: string;
  readonly rule: OrgAccessRule;
}

/** What an account is in a namespace; `undefined` = no member. */
export type FindRole = (question: RoleQuestion) => Promise<OrgRole | undefined>;

/** Seconds for which an answer is good (scm.md 5.3), and for which it is while the service is out. */
const GOOD_SECONDS = 300;
const OUTAGE_SECONDS = 86_400;
const MAX_REMEMBERED = 10_000;

/**
 * What accounts are in the organisations of their Git services, as these say. A service that does not tell the role of a
 * member (Gogs) has members only: what belongs to an organisation is then changed by administrators of this server.
 */
export function createOrgRoles(deps: OrgRoleDeps): FindRole {
  const { db, now } = deps;
  const running = new Map<string, Promise<OrgRole | undefined>>();
  const strangers = new Map<string, number>();
  const ask = (key: string, question: RoleQuestion, identities: readonly Identity[]) => {
    const known = running.get(key);
    if (known !== undefined) return known;
    const answer = askRole(deps, question, identities)
      .then((role) => {
        if (strangers.size >= MAX_REMEMBERED) strangers.clear();
        if (role === undefined) strangers.set(key, now() + GOOD_SECONDS);
        else strangers.delete(key);
        return role;
      })
      .finally(() => running.delete(key));
    running.set(key, answer);
    return answer;
  };
  return async (question) => {
    const { user, namespace, rule } = question;
    const row = await findMembershipRow(db, user.id, namespace);
    if (user.isAdmin) return row?.role;
    const age = row === undefined || row.synced > now() ? Number.POSITIVE_INFINITY : now() - row.synced;
    if (age <= GOOD_SECONDS) return row?.role;
    const key = `${user.id}:${namespace}`;
    if ((strangers.get(key) ?? 0) > now()) return undefined;
    const identities = await identitiesFor(deps, question);
    if (identities.length === 0) return undefined;
    try {
      return await ask(key, question, identities);
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (rule === 'org:member' && age <= OUTAGE_SECONDS) return 'member';
      throw outage(error);
    }
  };
}

/**
 * The accounts that decide. Organisations of two services may have the same name: where repositories of both are here,
 * the account must belong to both, so that nobody gets at the secrets of the one by making the other.
 */
async function identitiesFor(
  { db, services }: OrgRoleDeps,
  { user, namespace }: RoleQuestion,
): Promise<readonly Identity[]> {
  const used = await listConnectionsOfNamespace(db, namespace);
  const connections = used.length === 0 ? [user.connectionId] : used;
  const identities: Identity[] = [];
  for (const connectionId of connections) {
    const isAsked = services.find(connectionId)?.driver.supports('findMembership') === true;
    const identity = isAsked ? await findIdentityOfUser(db, user.id, connectionId) : undefined;
    if (identity === undefined || identity.accessSealed === '') return [];
    identities.push(identity);
  }
  return identities;
}

/**
 * Whether the namespace that is called like the account is that of the account. Where repositories of a Git service are in
 * it, the account must have that login there: somebody of another service could be called the same.
 */
export async function ownsNamespace(
  { db }: Pick<OrgRoleDeps, 'db'>,
  user: User,
  namespace: string,
): Promise<boolean> {
  for (const connectionId of await listConnectionsOfNamespace(db, namespace)) {
    // As it is written down: whoever takes the settings of a service away opens nothing of it to people of another one.
    const kind = (await findConnectionById(db, connectionId))?.kind;
    if (kind === undefined || kind === 'builtin') continue;
    if (!namesNamespaces(kind)) return false;
    const identity = await findIdentityOfUser(db, user.id, connectionId);
    if (identity?.login.toLowerCase() !== namespace.toLowerCase()) return false;
  }
  return true;
}

async function askRole(
  deps: OrgRoleDeps,
  { user, namespace }: RoleQuestion,
  identities: readonly Identity[],
): Promise<OrgRole | undefined> {
  const roles: (OrgRole | undefined)[] = [];
  for (const identity of identities) roles.push(await askOne(deps, identity, namespace));
  const isMember = roles.every((role) => role !== undefined);
  if (!isMember) {
    await removeMembership(deps.db, user.id, namespace);
    return undefined;
  }
  const role = roles.every((one) => one === 'admin') ? 'admin' : 'member';
  await upsertMembership(deps.db, { userId: user.id, namespace, role, synced: deps.now() });
  return role;
}

async function askOne(
  { broker }: OrgRoleDeps,
  { userId, connectionId, login }: Identity,
  namespace: string,
): Promise<OrgRole | undefined> {
  try {
    const found = await broker.use({ userId, connectionId }, (token, { driver }) =>
      driver.findMembership(token, namespace, login),
    );
    if (!found.active) return undefined;
    return found.role === 'admin' ? 'admin' : 'member';
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'not-found' || isScmError(error.cause, 'forbidden', 'not-supported')) return undefined;
    throw error;
  }
}
