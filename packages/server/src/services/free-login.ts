import { isLogin } from '@sortie/core/names';
import type { Db } from '../store/db.ts';
import { isNamespaceElsewhere } from '../store/namespaces.ts';
import { findUserByLogin } from '../store/users.ts';

const MAX_LENGTH = 50;
/** Room for the number of a login that is taken. */
const MAX_STEM = MAX_LENGTH - 6;

/** A login of ours made of that of a service, which may hold anything. */
export function loginFrom({ login }: { readonly login: string }): string {
  if (isLogin(login)) return login;
  const plain = login
    // The host of an e-mail address is no part of a name.
    .replace(/@.*$/s, '')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, MAX_STEM);
  return isLogin(plain) ? plain : 'user';
}

/**
 * The login, or the same with a number when it is taken: by another account whatever its case, or by repositories of
 * another connection, because whoever has the name of a namespace administers what belongs to it.
 */
export async function freeLogin(db: Db, connectionId: number, wanted: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const login = number === 1 ? wanted : `${wanted.slice(0, MAX_STEM)}-${number}`;
    const isTaken =
      (await findUserByLogin(db, login)) !== undefined ||
      (await isNamespaceElsewhere(db, connectionId, login));
    if (!isTaken) return login;
  }
}
