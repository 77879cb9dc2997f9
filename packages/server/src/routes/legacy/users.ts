import {
  legacyDeleteUser,
  legacyGetUser,
  legacyGetUsers,
  legacyPatchUser,
  legacyPostUser,
} from '@sortie/contract/legacy/account-routes';
import { toLegacyUser } from '@sortie/contract/legacy/users';
import { AppError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import type { AuthDeps } from '../../auth/tokens.ts';
import type { UserTokenDeps } from '../../auth/user-token.ts';
import { changeUser, deleteUser } from '../../services/change-user.ts';
import { createUser } from '../../services/create-user.ts';
import type { Db } from '../../store/db.ts';
import { findUserByLogin, listUsersByLogin } from '../../store/users.ts';
import { type LegacyMount, sendText } from './mount-legacy.ts';

/** Rows 7 to 11: accounts, for administrators. */
export function mountLegacyUsers(mount: LegacyMount, auth: AuthDeps & UserTokenDeps): void {
  const { db } = auth;
  mount(legacyGetUsers, async () => (await listUsersByLogin(db)).map(toLegacyUser));
  mount(legacyGetUser, async ({ params }) => toLegacyUser(await load(db, params.login)));
  mount(legacyPostUser, async ({ body }) => {
    const { login, email, avatar_url: avatar } = body;
    const account = { login, isAdmin: false, isMachine: false, token: '', email, avatar };
    return toLegacyUser((await createUser(auth, account)).user);
  });
  mount(legacyDeleteUser, async ({ params, reply }) => {
    const user = await load(db, params.login);
    if (!(await deleteUser(auth, user.id))) throw unknown();
    return sendText(reply);
  });
  mount(legacyPatchUser, async ({ params, body }) => {
    const user = await load(db, params.login);
    const changed = await changeUser(auth, user.id, { isActive: body.active });
    if (changed === undefined) throw unknown();
    return toLegacyUser(changed);
  });
}

async function load(db: Db, login: string): Promise<User> {
  const user = await findUserByLogin(db, login);
  if (user === undefined) throw unknown();
  return user;
}

function unknown(): AppError {
  return new AppError('not-found', 'There is no such account');
}
