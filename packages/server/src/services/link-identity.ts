import { AppError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import { listConnections } from '../store/connections.ts';
import { inTransaction, type Tx } from '../store/db.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';
import {
  findIdentityByUid,
  type Identity,
  listIdentitiesOfUser,
  removeIdentity,
} from '../store/identities.ts';
import { removeRightsAt } from '../store/rights-at-service.ts';
import { findUserById, findUserByUid, lockUser, updateUser } from '../store/users.ts';
import { keepIdentity, type SignInDeps } from './sign-in.ts';
import type { Arrival } from './sign-in-ways.ts';

/**
 * Adds an account at a service to that of a person who is signed in. Repositories come from a Git service, so the first
 * one becomes the account's own connection. Throws `identity-taken` when it belongs to somebody else.
 */
export async function linkIdentity(
  deps: Omit<SignInDeps, 'rules'>,
  arrival: Arrival,
  userId: number,
): Promise<User> {
  try {
    return await inTransaction(deps.db, async (tx) => {
      const owner = await ownerOf(tx, arrival);
      const user = await findUserById(tx, userId);
      if (user === undefined || (owner !== undefined && owner !== userId)) throw taken(arrival);
      await keepIdentity(tx, deps, userId, arrival);
      if (arrival.connection.kind === 'oidc' || !(await isWithoutService(tx, user))) return user;
      const own = { connectionId: arrival.connection.id, uid: arrival.person.uid, updated: deps.now() };
      return (await updateUser(tx, userId, own)) ?? user;
    });
  } catch (error) {
    throw isDuplicateKey(error) ? taken(arrival, error) : error;
  }
}

/**
 * Takes an account at a service away, with its token and the rights that came from there. False when it is not the
 * person's. Throws `last-identity` when nothing would be left to sign in with.
 */
export async function unlinkIdentity(
  deps: Pick<SignInDeps, 'db' | 'now'>,
  userId: number,
  identityId: number,
): Promise<boolean> {
  return inTransaction(deps.db, async (tx) => {
    // Of two requests that each take one of two away, the second sees what the first has done.
    const user = await lockUser(tx, userId);
    const all = await listIdentitiesOfUser(tx, userId);
    const gone = all.find(({ id }) => id === identityId);
    if (user === undefined || gone === undefined) return false;
    const rest = all.filter((identity) => identity !== gone);
    if (rest.length === 0) throw lastOne();
    await removeIdentity(tx, userId, identityId);
    // Also where another account of the same service stays: what that one may do is found out anew.
    await removeRightsAt(tx, userId, gone.connectionId);
    const isOwn = user.connectionId === gone.connectionId && user.uid === gone.uid;
    if (isOwn) await chooseOther(tx, { user, rest, now: deps.now() });
    return true;
  });
}

async function ownerOf(tx: Tx, { connection, person }: Arrival): Promise<number | undefined> {
  const identity = await findIdentityByUid(tx, connection.id, person.uid);
  return identity?.userId ?? (await findUserByUid(tx, connection.id, person.uid))?.id;
}

/** Accounts of the built-in host and of an identity provider have no repositories elsewhere. */
async function isWithoutService(tx: Tx, user: User): Promise<boolean> {
  const connections = await listConnections(tx);
  const kind = connections.find(({ id }) => id === user.connectionId)?.kind;
  return kind === 'builtin' || kind === 'oidc';
}

async function chooseOther(
  tx: Tx,
  { user, rest, now }: { readonly user: User; readonly rest: readonly Identity[]; readonly now: number },
): Promise<void> {
  const connections = await listConnections(tx);
  const isService = ({ connectionId }: Identity): boolean =>
    connections.find(({ id }) => id === connectionId)?.kind !== 'oidc';
  const next = rest.find(isService) ?? rest[0];
  if (next === undefined) return;
  await updateUser(tx, user.id, { connectionId: next.connectionId, uid: next.uid, updated: now });
}

function taken({ person }: Arrival, cause?: unknown): AppError {
  return new AppError('identity-taken', `${JSON.stringify(person.login)} belongs to another account here.`, {
    hint: 'Sign in with it and take it away from that account first, or ask an administrator to delete that account.',
    cause,
  });
}

function lastOne(): AppError {
  return new AppError('last-identity', 'This is the last account to sign in with.', {
    hint: 'Link another one first.',
  });
}
