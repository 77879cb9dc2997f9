import {
  createUser as createUserRoute,
  deleteUser as deleteUserRoute,
  getUser,
  listUsers,
  rotateTokenOfUser,
  updateUser as updateUserRoute,
} from '@sortie/contract/user-admin';
import { toWireUser } from '@sortie/contract/users';
import type { User } from '@sortie/core/user';
import type { Caller } from '../auth/identify.ts';
import { requireFullRights } from '../auth/token-limits.ts';
import type { AuthDeps } from '../auth/tokens.ts';
import { rotateUserToken, type UserTokenDeps } from '../auth/user-token.ts';
import { changeUser, deleteUser } from '../services/change-user.ts';
import { createUser } from '../services/create-user.ts';
import type { Db } from '../store/db.ts';
import { findUserById, findUserByLogin, listUsersByLogin } from '../store/users.ts';
import { type Mount, notFound } from './mount.ts';
import { linkPages, readPage } from './paging.ts';

const USERS_PAGE = { defaultSize: 25, maxSize: 10_000, tooLarge: 'max' } as const;

/** The accounts of the server, for its administrators (api-v1.md 3.2). */
export function mountUserAdminRoutes(mount: Mount, auth: AuthDeps & UserTokenDeps): void {
  mount(listUsers, async (call) => {
    const { query } = call;
    const isPaged = query.page !== undefined || query.per_page !== undefined;
    const page = isPaged ? readPage(query, USERS_PAGE) : undefined;
    const users = await listUsersByLogin(auth.db, page);
    if (page !== undefined) linkPages(call, page, users.length);
    return users.map(toWireUser);
  });

  mount(createUserRoute, async ({ body, admission }) => {
    const { login, token = '', email, avatar_url: avatar } = body;
    const [isAdmin, isMachine] = [isSet(body.admin) === true, isSet(body.machine) === true];
    if (isAdmin || isMachine || token !== '') requireFullRights(admission.caller);
    const made = await createUser(auth, { login, isAdmin, isMachine, token, email, avatar });
    return { ...toWireUser(made.user), ...(made.token === undefined ? {} : { token: made.token }) };
  });

  mount(getUser, async ({ params }) => toWireUser(await loadUser(auth.db, params.user, 'or-id')));

  mount(updateUserRoute, async ({ params, body, admission }) => {
    const user = await loadUser(auth.db, params.user);
    const patch = { isAdmin: isSet(body.admin), isActive: isSet(body.active) };
    requireRightsFor(admission.caller, user, patch.isAdmin);
    const changed = await changeUser(auth, user.id, patch);
    if (changed === undefined) throw notFound('account');
    return toWireUser(changed);
  });

  mount(deleteUserRoute, async ({ params }) => {
    const user = await loadUser(auth.db, params.user);
    if (!(await deleteUser(auth, user.id))) throw notFound('account');
    return undefined;
  });

  mount(rotateTokenOfUser, async ({ params }) => {
    const user = await loadUser(auth.db, params.user);
    await rotateUserToken(auth, user);
    return {
      ...toWireUser(user),
      message: 'The account has a new token; its owner reads it on the account page.',
    };
  });
}

/** The account of a path; `or-id` also takes the number of one whose login nobody else has. Throws `not-found`. */
export async function loadUser(db: Db, text: string, mode?: 'or-id'): Promise<User> {
  const byLogin = await findUserByLogin(db, text);
  if (byLogin !== undefined) return byLogin;
  const byId = mode === 'or-id' && /^\d{1,15}$/.test(text) ? await findUserById(db, Number(text)) : undefined;
  if (byId === undefined) throw notFound('account');
  return byId;
}

/** A limited token must not make administrators: one of those could give it everything. */
function requireRightsFor(caller: Caller, user: User, isAdmin: boolean | undefined): void {
  if (isAdmin === true && !user.isAdmin) requireFullRights(caller);
}

function isSet(flag: boolean | 'true' | 'false' | undefined): boolean | undefined {
  return flag === undefined ? undefined : flag === true || flag === 'true';
}
