import { AppError } from '@sortie/core/errors';
import type { Sealer } from '../seal/sealer.ts';
import type { Db } from '../store/db.ts';
import { findIdentityByLogin } from '../store/identities.ts';
import { openToken } from './identity-tokens.ts';
import type { Arrival, FormWay } from './sign-in-ways.ts';

/** What somebody typed. Never logged, never stored. */
export interface FormEntry {
  readonly username?: string;
  readonly password?: string;
  /** In place of the other two. */
  readonly token?: string;
}

/**
 * Asks the service who this is. A stored token that still answers is used again, since some services can never delete
 * one (scm.md 2.1). Throws `sign-in-refused` with one text for every wrong password.
 */
export async function enterForm(
  { db, sealer }: { readonly db: Db; readonly sealer: Sealer },
  way: FormWay,
  { username = '', password = '', token = '' }: FormEntry,
): Promise<Arrival> {
  if (token !== '') return way.withToken(token);
  if (username.trim() === '' || password === '') {
    throw new AppError('invalid-request', 'Name and password are missing, and so is a token.', {
      hint: 'Send username and password, or token, in the body.',
    });
  }
  return way.withPassword({
    login: username.trim(),
    password,
    storedToken: async (login) => {
      const identity = await findIdentityByLogin(db, way.connection.id, login);
      return identity && openToken(sealer, identity);
    },
  });
}
