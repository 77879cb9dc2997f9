import { AppError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import { readMeta, writeMeta } from '../store/meta.ts';
import { findUserByLogin } from '../store/users.ts';
import { readJwt, signJwt } from './legacy-jwt.ts';
import { openUserToken, readUserToken, type UserTokenDeps } from './user-token.ts';

export interface JwtDeps extends UserTokenDeps {
  /** Unix seconds. */
  readonly now: () => number;
}

/** The browser session of 0.5. */
export const LEGACY_SESSION_COOKIE = 'user_sess';

export interface JwtIdentity {
  readonly user: User;
  /** Of `sess` tokens: what the token against forged requests must be signed with. */
  readonly csrfKey?: string;
}

/**
 * The account of a `user` or `sess` token of the 0.5 API (api-legacy.md 1.2); `undefined` for every other text. The key
 * is the account's old user token, so that rotating that one ends them all.
 */
export async function authenticateJwt(deps: JwtDeps, text: string): Promise<JwtIdentity | undefined> {
  const jwt = readJwt(text);
  if (jwt === undefined || (jwt.claims.type !== 'user' && jwt.claims.type !== 'sess')) return undefined;
  const { claims } = jwt;
  if (claims.exp !== undefined && deps.now() > claims.exp) return undefined;
  const user = await findUserByLogin(deps.db, claims.text);
  if (user === undefined) return undefined;
  if (claims.type === 'sess' && (await hasEnded(deps, user.id, claims.exp))) return undefined;
  // Without one nothing can have been signed, and a stranger's try must not make one.
  const key = await openUserToken(deps, user.id);
  if (!jwt.isSignedWith(key)) return undefined;
  return claims.type === 'sess' ? { user, csrfKey: key } : { user };
}

/** The `user` token of an account: the same text until the account's token is rotated. */
export async function issueUserJwt(deps: UserTokenDeps, user: User): Promise<string> {
  return signJwt({ type: 'user', text: user.login }, await readUserToken(deps, user));
}

/** How long a `sess` token lasts (api-legacy.md 1.2). */
export const LEGACY_SESSION_SECONDS = 259_200;

/** A `sess` token: a session of the 0.5 API. */
export async function issueSessionJwt(deps: JwtDeps, user: User): Promise<string> {
  const exp = deps.now() + LEGACY_SESSION_SECONDS;
  return signJwt({ type: 'sess', text: user.login, exp }, await readUserToken(deps, user));
}

/** Ends the `sess` tokens that an account has; those that it gets later than in this second are good. */
export async function endLegacySessions(deps: Pick<JwtDeps, 'db' | 'now'>, userId: number): Promise<void> {
  await writeMeta(deps.db, endedKey(userId), String(deps.now()));
}

async function hasEnded({ db }: JwtDeps, userId: number, exp: number | undefined): Promise<boolean> {
  const ended = await readMeta(db, endedKey(userId));
  return ended !== undefined && (exp ?? 0) - LEGACY_SESSION_SECONDS <= Number(ended);
}

function endedKey(userId: number): string {
  return `legacy-sessions-ended:${userId}`;
}

/** What the page of a `sess` session must send in `X-CSRF-TOKEN` with every change. */
export function issueCsrfToken(login: string, key: string): string {
  return signJwt({ type: 'csrf', text: login }, key);
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses changes with a `sess` token that do not bring the session's `csrf` token. Throws `unauthorized`. */
export function requireCsrfToken(
  caller: { readonly user: Pick<User, 'login'>; readonly csrfKey?: string },
  request: { readonly method: string; readonly token: unknown },
): void {
  if (caller.csrfKey === undefined || SAFE_METHODS.has(request.method)) return;
  const jwt = typeof request.token === 'string' ? readJwt(request.token) : undefined;
  const isOwn = jwt?.claims.type === 'csrf' && jwt.claims.text === caller.user.login;
  if (isOwn && jwt?.isSignedWith(caller.csrfKey) === true) return;
  throw new AppError('unauthorized', 'Unauthorized', {
    hint: 'Send the token from the page’s csrf-token element as X-CSRF-TOKEN.',
    details: { is_bodyless: true },
  });
}
