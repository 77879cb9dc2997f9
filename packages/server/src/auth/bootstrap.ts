import { AppError } from '@sortie/core/errors';
import { isLogin } from '@sortie/core/names';
import type { User } from '@sortie/core/user';
import { readMeta, writeMeta } from '../store/meta.ts';
import { findTokenByHash, listTokens, removeToken } from '../store/tokens.ts';
import { findUserByLogin, insertUser, updateUser } from '../store/users.ts';
import { hashSecret } from './secret-text.ts';
import type { AuthDeps } from './tokens.ts';
import { chooseUserToken, findUserByToken, type UserTokenDeps } from './user-token.ts';

/** `DRONE_USER_CREATE`, taken apart. */
export interface BootstrapAccount {
  readonly login: string;
  /** Empty when none is given. */
  readonly token: string;
  readonly isMachine: boolean;
  readonly isAdmin: boolean;
}

/** The first release kept the token of the setting as an API token of this name. */
const FORMER_TOKEN_NAME = 'DRONE_USER_CREATE';

/**
 * Reads `username:octocat,admin:true,machine:false,token:…`. As in Drone, items without exactly one colon and
 * unknown keys do not count, and without a username there is no account. Throws `config-value`.
 */
export function parseBootstrapAccount(text: string): BootstrapAccount | undefined {
  const pairs = text.split(',').map((item) => item.split(':'));
  const values = new Map(pairs.filter((pair) => pair.length === 2).map(([key, value]) => [key, value]));
  const login = values.get('username') ?? '';
  if (login === '') return undefined;
  if (!isLogin(login)) {
    throw new AppError(
      'config-value',
      `DRONE_USER_CREATE names ${JSON.stringify(login)}, which is no login.`,
      {
        hint: 'Use 1 to 50 letters, digits, ".", "_" and "-".',
      },
    );
  }
  const token = values.get('token') ?? '';
  const isMachine = values.get('machine') === 'true';
  return { login, token, isMachine, isAdmin: values.get('admin') === 'true' };
}

export interface BootstrapDeps extends AuthDeps, UserTokenDeps {
  readonly connectionId: number;
  /** Told one sentence. */
  readonly warn?: (sentence: string) => void;
}

/**
 * Makes or updates the account of `DRONE_USER_CREATE`; runs at every start. The admin flag is always set to what
 * the setting says, and a given token replaces the one given before. Somebody else who has got the login since the account
 * was made gets nothing of it, and `warn` is told. Throws `config-value` for a machine account without a token.
 */
export async function bootstrapUser(deps: BootstrapDeps, account: BootstrapAccount): Promise<User> {
  const existing = await findUserByLogin(deps.db, account.login);
  const key = `created-account:${account.login.toLowerCase()}`;
  const before = await readMeta(deps.db, key);
  if (existing !== undefined && before !== undefined && before !== String(existing.id)) {
    deps.warn?.(
      `DRONE_USER_CREATE changes nothing: the account ${existing.login} is not the one that was made for it. Make it an administrator with PATCH /api/users/${existing.login}, or name another login.`,
    );
    return existing;
  }
  if (existing === undefined && account.isMachine && account.token === '') {
    throw new AppError('config-value', 'You must provide the machine account token', {
      hint: 'Add token:… to DRONE_USER_CREATE.',
    });
  }
  const user =
    existing === undefined
      ? await createUser(deps, account)
      : await setAdmin(deps, existing, account.isAdmin);
  await writeMeta(deps.db, key, String(user.id));
  if (account.token !== '') await replaceToken(deps, user, account.token);
  return user;
}

function createUser(
  deps: AuthDeps & { readonly connectionId: number },
  account: BootstrapAccount,
): Promise<User> {
  const created = deps.now();
  return insertUser(deps.db, {
    connectionId: deps.connectionId,
    // Without one: whoever first signs in with this login at the Git service takes the account over.
    uid: account.isMachine ? account.login : '',
    login: account.login,
    email: '',
    avatar: '',
    isMachine: account.isMachine,
    isAdmin: account.isAdmin,
    isActive: true,
    isSyncing: false,
    synced: 0,
    created,
    updated: created,
    lastLogin: 0,
  });
}

async function setAdmin(deps: AuthDeps, user: User, isAdmin: boolean): Promise<User> {
  if (user.isAdmin === isAdmin) return user;
  return (await updateUser(deps.db, user.id, { isAdmin, updated: deps.now() })) ?? user;
}

/** Makes the given text the old user token; what the first release made of it goes. */
async function replaceToken(deps: AuthDeps & UserTokenDeps, user: User, text: string): Promise<void> {
  const former = await findTokenByHash(deps.db, hashSecret(text));
  const present = await findUserByToken(deps, text);
  const owner = present?.id ?? former?.userId ?? user.id;
  if (owner !== user.id) {
    throw new AppError('config-value', 'The token of DRONE_USER_CREATE belongs to another account.', {
      hint: 'Give every account a token of its own.',
    });
  }
  if (present === undefined) await chooseUserToken(deps, user, text);
  for (const token of await listTokens(deps.db, user.id)) {
    if (token.name === FORMER_TOKEN_NAME) await removeToken(deps.db, token);
  }
}
