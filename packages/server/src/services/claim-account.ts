import type { User } from '@sortie/core/user';
import { findConnectionById } from '../store/connections.ts';
import type { Db, Tx } from '../store/db.ts';
import { listIdentitiesOfUser } from '../store/identities.ts';
import { readMeta, removeMeta, writeMeta } from '../store/meta.ts';
import { isNamespaceElsewhere } from '../store/namespaces.ts';
import { findUserByLogin, updateUser } from '../store/users.ts';
import type { Arrival } from './sign-in-ways.ts';

export interface ClaimRules {
  /** The first connection in order, the only one whose logins are believed; 0 = none. */
  readonly firstConnectionId: number;
  /** Login of `DRONE_USER_CREATE`; empty = none. */
  readonly createdLogin: string;
}

/**
 * The account that was made for a login before anybody had signed in with it, by an administrator or by
 * `DRONE_USER_CREATE`: its first sign-in takes it over, with its rights, as in Drone. Never the administrator whom a
 * server makes for itself, never one that somebody uses, and only once.
 */
export async function findClaimable(
  db: Db,
  rules: ClaimRules,
  { connection, person }: Arrival,
): Promise<User | undefined> {
  if (connection.id !== rules.firstConnectionId) return undefined;
  const user = await findUserByLogin(db, person.login);
  if (user === undefined || user.isMachine) return undefined;
  if ((await findConnectionById(db, user.connectionId))?.kind !== 'builtin') return undefined;
  const isNamed = user.login.toLowerCase() === rules.createdLogin.toLowerCase();
  const isUnused = user.uid === '' && user.lastLogin === 0;
  if (!isNamed && !(isUnused && !(await isNamespaceElsewhere(db, connection.id, user.login))))
    return undefined;
  if ((await listIdentitiesOfUser(db, user.id)).length > 0) return undefined;
  return (await readMeta(db, claimKey(user.login))) === undefined ? user : undefined;
}

/** From now on the account belongs to this person at the service. */
export async function claimAccount(
  tx: Tx,
  user: User,
  { connection, person }: Arrival,
  now: number,
): Promise<User | undefined> {
  // Who gets the login later must not get what DRONE_USER_CREATE would make anew for it.
  await writeMeta(tx, claimKey(user.login), String(user.id));
  return updateUser(tx, user.id, { connectionId: connection.id, uid: person.uid, updated: now });
}

/** The account of this login has been made anew by an administrator: its first sign-in may take it over again. */
export function allowClaim(tx: Tx, login: string): Promise<void> {
  return removeMeta(tx, claimKey(login));
}

function claimKey(login: string): string {
  return `claimed-login:${login.toLowerCase()}`;
}
