import { AppError } from '@sortie/core/errors';
import { isLogin } from '@sortie/core/names';
import type { User } from '@sortie/core/user';
import type { AuthDeps } from '../auth/tokens.ts';
import { chooseUserToken, readUserToken, type UserTokenDeps } from '../auth/user-token.ts';
import { findConnectionByName } from '../store/connections.ts';
import { inTransaction } from '../store/db.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';
import { findUserByLogin, insertUser } from '../store/users.ts';
import { allowClaim } from './claim-account.ts';
import { insertUserIntent } from './user-intents.ts';

export interface NewAccount {
  readonly login: string;
  readonly isAdmin: boolean;
  readonly isMachine: boolean;
  /** The old user token; empty = a random one at the first need. */
  readonly token: string;
  /** Empty unless given. */
  readonly email?: string;
  /** Address of the picture; empty unless given. */
  readonly avatar?: string;
}

/**
 * Makes an active account (api-v1.md 3.2) of the built-in host. `token` is its old user token, for machines only:
 * people read theirs themselves. Throws `name-invalid`, and `already-exists` for a login or a token that is taken.
 */
export async function createUser(
  deps: AuthDeps & UserTokenDeps,
  account: NewAccount,
): Promise<{ readonly user: User; readonly token: string | undefined }> {
  if (!isLogin(account.login)) {
    throw new AppError('name-invalid', `${JSON.stringify(account.login)} is no login.`, {
      hint: 'Use 1 to 50 letters, digits, ".", "_" and "-", and begin with a letter or digit.',
    });
  }
  if ((await findUserByLogin(deps.db, account.login)) !== undefined) throw taken(account.login);
  const builtin = await findConnectionByName(deps.db, 'builtin');
  // Read before the transaction, in which only its own handle may be used.
  const key = await deps.userTokenKey();
  const { now, sealer } = deps;
  try {
    return await inTransaction(deps.db, async (tx) => {
      const user = await insertUser(tx, newUser(account, builtin?.id ?? 0, now()));
      await allowClaim(tx, user.login);
      const inside = { db: tx, sealer, userTokenKey: async () => key };
      if (account.token !== '') await chooseUserToken(inside, user, account.token);
      const token = account.isMachine ? await readUserToken(inside, user) : undefined;
      await insertUserIntent(tx, user, 'created', now());
      return { user, token };
    });
  } catch (error) {
    throw isDuplicateKey(error) ? taken(account.login, error) : error;
  }
}

function newUser(account: NewAccount, connectionId: number, now: number): Omit<User, 'id'> {
  return {
    connectionId,
    // Without one: whoever first signs in with this login at the Git service takes the account over.
    uid: account.isMachine ? account.login : '',
    login: account.login,
    email: account.email ?? '',
    avatar: account.avatar ?? '',
    isMachine: account.isMachine,
    isAdmin: account.isAdmin,
    isActive: true,
    isSyncing: false,
    synced: 0,
    created: now,
    updated: now,
    lastLogin: 0,
  };
}

function taken(login: string, cause?: unknown): AppError {
  return new AppError('already-exists', `There is an account ${JSON.stringify(login)} already.`, {
    hint: 'Upper and lower case do not count; take another login.',
    cause,
  });
}
