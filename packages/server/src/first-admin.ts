import type { User } from '@sortie/core/user';
import type { Db } from './store/db.ts';
import { insertUser, listUsers } from './store/users.ts';

/** Login of the administrator that a server without any account makes for itself. */
const FIRST_LOGIN = 'admin';

/**
 * The person who owns this server: the first administrator who can sign in, made when there is no account at all.
 * `undefined` when accounts exist but none of them is a person with that right. `now` in unix seconds.
 */
export async function firstAdmin(
  deps: { readonly db: Db; readonly now: () => number },
  connectionId: number,
): Promise<User | undefined> {
  const users = await listUsers(deps.db);
  const admin = users.find((user) => user.isAdmin && user.isActive && !user.isMachine);
  if (admin !== undefined || users.length > 0) return admin;
  const created = deps.now();
  return insertUser(deps.db, {
    connectionId,
    uid: FIRST_LOGIN,
    login: FIRST_LOGIN,
    email: '',
    avatar: '',
    isMachine: false,
    isAdmin: true,
    isActive: true,
    isSyncing: false,
    synced: 0,
    created,
    updated: created,
    lastLogin: 0,
  });
}
