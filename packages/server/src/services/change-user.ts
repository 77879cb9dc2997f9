import { AppError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import { endLegacySessions } from '../auth/legacy-identity.ts';
import type { AuthDeps } from '../auth/tokens.ts';
import { inTransaction, type Tx } from '../store/db.ts';
import { transferReposOf } from '../store/repo-owners.ts';
import { removeSessionsOfUser } from '../store/sessions.ts';
import { findUserById, lockActiveAdmins, removeUser, updateUser } from '../store/users.ts';
import { insertUserIntent } from './user-intents.ts';

export interface RightsPatch {
  readonly isAdmin?: boolean;
  readonly isActive?: boolean;
}

/**
 * Changes what an account may do (api-v1.md 3.2, 4.6). A deactivated account is no administrator and its repositories
 * go to other collaborators; every request with its tokens and sessions is refused from then on, and sessions from
 * before do not come back with it. `undefined` when the account does not exist. Throws `last-admin`.
 */
export async function changeUser(
  deps: AuthDeps,
  userId: number,
  patch: RightsPatch,
): Promise<User | undefined> {
  return inTransaction(deps.db, async (tx) => {
    const admins = await lockActiveAdmins(tx);
    const user = await findUserById(tx, userId);
    if (user === undefined) return undefined;
    const isActive = patch.isActive ?? user.isActive;
    // A later activation gives the account back without its former rights.
    const isAdmin = patch.isActive === false ? false : (patch.isAdmin ?? user.isAdmin);
    if (!isActive || !isAdmin) requireOtherAdmin(admins, userId);
    if (user.isActive && !isActive) await transferReposOf(tx, userId);
    if (!user.isActive && isActive) {
      await removeSessionsOfUser(tx, userId);
      await endLegacySessions({ db: tx, now: deps.now }, userId);
    }
    return updateUser(tx, userId, { isActive, isAdmin, updated: deps.now() });
  });
}

/**
 * Removes an account with its tokens, sessions and permissions; its repositories go to other collaborators. False
 * when it does not exist. Throws `last-admin`.
 */
export async function deleteUser(deps: AuthDeps, userId: number): Promise<boolean> {
  return inTransaction(deps.db, async (tx) => {
    const admins = await lockActiveAdmins(tx);
    const user = await findUserById(tx, userId);
    if (user === undefined) return false;
    requireOtherAdmin(admins, userId);
    return take(tx, user, deps.now());
  });
}

async function take(tx: Tx, user: User, now: number): Promise<boolean> {
  await transferReposOf(tx, user.id);
  await insertUserIntent(tx, user, 'deleted', now);
  return removeUser(tx, user.id);
}

function requireOtherAdmin(admins: readonly number[], userId: number): void {
  if (admins.length !== 1 || admins[0] !== userId) return;
  throw new AppError('last-admin', 'This is the last active administrator of the server.', {
    hint: 'Make another account an administrator first.',
  });
}
