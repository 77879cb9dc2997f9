import { AppError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import { findSessionUser, insertSession, removeExpiredSessions, removeSession } from '../store/sessions.ts';
import {
  insertSignInLink,
  removeExpiredSignInLinks,
  consumeSignInLink as takeSignInLink,
} from '../store/sign-in-links.ts';
import { findUserById, updateUser } from '../store/users.ts';
import { hashSecret, newSecretText } from './secret-text.ts';
import type { AuthDeps } from './tokens.ts';

export interface SessionDeps extends AuthDeps {
  /** `DRONE_COOKIE_SECRET`: keys the stored hashes, so that a new secret ends all sessions. */
  readonly secret: string;
  readonly timeoutMs: number;
}

/** Begins a session and returns the value of its cookie. Sessions that have run out are cleared away. */
export async function startSession(deps: SessionDeps, user: User): Promise<string> {
  const value = newSecretText();
  const created = deps.now();
  const expires = created + Math.floor(deps.timeoutMs / 1000);
  await removeExpiredSessions(deps.db, created);
  await insertSession(deps.db, { hash: hashSecret(value, deps.secret), userId: user.id, created, expires });
  await updateUser(deps.db, user.id, { lastLogin: created });
  return value;
}

/** The account of a session cookie; `undefined` when the session is unknown, ended or expired. */
export async function authenticateSession(deps: SessionDeps, value: string): Promise<User | undefined> {
  return findSessionUser(deps.db, hashSecret(value, deps.secret), deps.now());
}

/** Ends a session; an unknown one has ended already. */
export async function endSession(deps: SessionDeps, value: string): Promise<void> {
  await removeSession(deps.db, hashSecret(value, deps.secret));
}

/** Makes the secret of a one-time sign-in link; the page `/login/link#<secret>` uses it. */
export async function createSignInLink(
  deps: AuthDeps,
  link: { readonly userId: number; readonly timeoutMs: number },
): Promise<{ readonly secret: string; readonly expires: number }> {
  const secret = newSecretText();
  const now = deps.now();
  const expires = now + Math.floor(link.timeoutMs / 1000);
  await removeExpiredSignInLinks(deps.db, now);
  await insertSignInLink(deps.db, { hash: hashSecret(secret), userId: link.userId, expires });
  return { secret, expires };
}

/**
 * Uses a link up and returns its account. Throws `sign-in-link-invalid`, for an unknown link as for one that
 * has been used, `account-inactive`, and `machine-sign-in` for a machine account.
 */
export async function consumeSignInLink(deps: AuthDeps, secret: string): Promise<User> {
  const userId = await takeSignInLink(deps.db, hashSecret(secret), deps.now());
  const user = userId === undefined ? undefined : await findUserById(deps.db, userId);
  if (user === undefined) {
    throw new AppError(
      'sign-in-link-invalid',
      'This sign-in link is unknown, has been used, or is too old.',
      {
        hint: 'Make a new one on the machine of the server with "sortie sign-in".',
      },
    );
  }
  if (user.isMachine) {
    throw new AppError('machine-sign-in', 'Machine account login is forbidden', {
      hint: 'Machines use tokens: make one with "sortie token".',
    });
  }
  if (!user.isActive)
    throw new AppError('account-inactive', 'Account is not active', {
      hint: 'An administrator of the server can activate it again.',
    });
  return user;
}
