import { namesNamespaces } from '@sortie/core/connection';
import { AppError } from '@sortie/core/errors';
import { isLogin } from '@sortie/core/names';
import type { User } from '@sortie/core/user';
import type { AuthDeps } from '../auth/tokens.ts';
import type { Sealer } from '../seal/sealer.ts';
import { inTransaction, type Tx } from '../store/db.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';
import {
  findIdentityByUid,
  handLoginOver,
  type Identity,
  insertIdentity,
  updateIdentity,
} from '../store/identities.ts';
import { findUserByLogin, insertUser, updateUser } from '../store/users.ts';
import { type AdmissionRules, requireAdmission } from './admission.ts';
import { type ClaimRules, claimAccount, findClaimable } from './claim-account.ts';
import { freeLogin, loginFrom } from './free-login.ts';
import { sealToken } from './identity-tokens.ts';
import { findKnown } from './known-person.ts';
import type { Arrival } from './sign-in-ways.ts';
import { insertUserIntent } from './user-intents.ts';

export interface SignInDeps extends AuthDeps {
  readonly sealer: Sealer;
  readonly rules: AdmissionRules & ClaimRules;
}

/**
 * The account of somebody whom a service has vouched for, made when there is none. Known by the id of the account
 * there, never by its login (scm.md X30). Throws what admission throws, and `machine-sign-in`, `account-inactive`, `identity-taken`.
 */
export async function signInPerson(
  deps: SignInDeps,
  arrival: Arrival,
): Promise<{ readonly user: User; readonly isNew: boolean }> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await enter(deps, arrival);
    } catch (error) {
      // Somebody was faster: the same person in another window, or one with the same login elsewhere.
      if (tries === MAX_TRIES || !isDuplicateKey(error)) throw error;
    }
  }
}

const MAX_TRIES = 5;

async function enter(deps: SignInDeps, arrival: Arrival): Promise<{ user: User; isNew: boolean }> {
  const { person } = arrival;
  const known = (await findKnown(deps.db, arrival)) ?? (await findClaimable(deps.db, deps.rules, arrival));
  if (known === undefined) {
    const { login, created, listOrgs } = { ...person, listOrgs: arrival.listOrgs };
    const applicant = {
      service: arrival.connection.name,
      login,
      listOrgs,
      ...(created === undefined ? {} : { created }),
    };
    await requireAdmission(deps.rules, applicant, deps.now());
  } else {
    requirePerson(known);
  }
  return inTransaction(deps.db, async (tx) => {
    const found = (await findKnown(tx, arrival)) ?? (await claim(tx, deps, arrival));
    const user = found ?? (known === undefined ? await createAccount(tx, deps, arrival) : undefined);
    // Somebody else took the account in the meantime: as if it had not been there.
    if (user === undefined) throw retryable();
    requirePerson(user);
    const renewed = await renew(tx, deps, user, arrival);
    return { user: renewed, isNew: found === undefined };
  });
}

async function claim(tx: Tx, deps: SignInDeps, arrival: Arrival): Promise<User | undefined> {
  const account = await findClaimable(tx, deps.rules, arrival);
  return account && claimAccount(tx, account, arrival, deps.now());
}

function requirePerson(user: User): void {
  if (user.isMachine) {
    throw new AppError('machine-sign-in', 'Machine account login is forbidden', {
      hint: 'Machines use tokens: make one with "sortie token".',
    });
  }
  if (user.isActive) return;
  throw new AppError('account-inactive', 'Account is not active', {
    hint: 'An administrator of the server can activate it again.',
  });
}

function retryable(): AppError {
  return new AppError('conflict', 'The account was taken over at the same time.', { hint: 'Sign in again.' });
}

async function createAccount(tx: Tx, { now }: SignInDeps, { connection, person }: Arrival): Promise<User> {
  const created = now();
  const user = await insertUser(tx, {
    connectionId: connection.id,
    uid: person.uid,
    login: await freeLogin(tx, connection.id, loginFrom(person)),
    email: emailOf(person.email),
    avatar: person.avatar,
    isMachine: false,
    isAdmin: false,
    isActive: true,
    isSyncing: false,
    synced: 0,
    created,
    updated: created,
    lastLogin: 0,
  });
  await insertUserIntent(tx, user, 'created', created);
  return user;
}

/** Stores what the service says now: login, picture, e-mail address where none is, token. */
async function renew(tx: Tx, deps: SignInDeps, user: User, arrival: Arrival): Promise<User> {
  const { person, connection } = arrival;
  const identity = await findIdentityByUid(tx, connection.id, person.uid);
  const isOwn = user.connectionId === connection.id && user.uid === person.uid;
  const patch = {
    ...(isOwn ? { avatar: person.avatar, ...(await renamed(tx, user, identity, arrival)) } : {}),
    ...(user.email === '' ? { email: emailOf(person.email) } : {}),
  };
  await keepIdentity(tx, deps, user.id, arrival);
  return (await updateUser(tx, user.id, { ...patch, updated: deps.now() })) ?? user;
}

/** A login that was changed at the service is changed here where it is free, unless it was another one here anyway. */
async function renamed(
  tx: Tx,
  user: User,
  identity: Identity | undefined,
  { person, connection }: Arrival,
): Promise<{ readonly login?: string }> {
  // Without one somebody else has it by now.
  const before = identity?.login ? loginFrom({ ...person, login: identity.login }) : user.login;
  const wanted = loginFrom(person);
  const isSame = before.toLowerCase() === wanted.toLowerCase() || user.login === wanted;
  if (isSame || user.login.toLowerCase() !== before.toLowerCase() || !isLogin(wanted)) return {};
  if ((await findUserByLogin(tx, wanted)) !== undefined) return {};
  return (await freeLogin(tx, connection.id, wanted)) === wanted ? { login: wanted } : {};
}

/** The row of the account at the service, made or brought up to date, with the token where a new one has come. */
export async function keepIdentity(
  tx: Tx,
  deps: Pick<SignInDeps, 'sealer' | 'now'>,
  userId: number,
  { connection, person, token }: Arrival,
): Promise<void> {
  const { uid, login } = person;
  const created = deps.now();
  const identity =
    (await findIdentityByUid(tx, connection.id, uid)) ??
    (await insertIdentity(tx, { userId, connectionId: connection.id, uid, login, created }));
  const sealed = token === undefined ? {} : sealToken(deps.sealer, identity.id, token);
  // Elsewhere several people may have one.
  if (namesNamespaces(connection.kind)) await handLoginOver(tx, { connectionId: connection.id, uid, login });
  await updateIdentity(tx, identity.id, { login, ...sealed, updated: created });
}

function emailOf(text: string): string {
  return text.length <= 250 && !/\p{Cc}/u.test(text) ? text : '';
}
