import type { Token } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import { readCookie, readSessionCookie } from './cookies.ts';
import { authenticateJwt, LEGACY_SESSION_COOKIE } from './legacy-identity.ts';
import { looksLikeApiToken } from './secret-text.ts';
import { authenticateSession, type SessionDeps } from './sessions.ts';
import { type AuthDeps, authenticateToken } from './tokens.ts';
import { findUserByToken, type UserTokenDeps } from './user-token.ts';

/** What a token lets its holder do. `id` is 0 for the one old user token, which may do everything. */
export type TokenGrant = Pick<Token, 'id' | 'scopes' | 'repoIds' | 'ranges' | 'rateLimit' | 'expires'>;

/** Who sent a request. A session may do everything that the account may. */
export type Caller =
  | { readonly via: 'nothing'; readonly user?: undefined }
  | { readonly via: 'session'; readonly user: User }
  | {
      readonly via: 'token';
      readonly user: User;
      readonly token: TokenGrant;
      /** Only of 0.5 sessions, whose changes need a token against forgery signed with it. */
      readonly csrfKey?: string;
    };

export interface Credentials {
  readonly authorization: string | undefined;
  /** Already `undefined` where tokens in addresses are not allowed. */
  readonly queryToken: string | undefined;
  readonly cookie: string | undefined;
}

export const ANONYMOUS: Caller = { via: 'nothing' };

/** The rights of a session and of the one old user token. */
export const FULL_GRANT: TokenGrant = {
  id: 0,
  scopes: ['all'],
  repoIds: [],
  ranges: [],
  rateLimit: 0,
  expires: 0,
};

export interface IdentifyDeps extends SessionDeps, UserTokenDeps {}

/**
 * Looks at header, query and cookie in this order; the first one that is there counts, and when it is not valid
 * the request is anonymous (api-v1.md 1.2).
 */
export async function identify(deps: IdentifyDeps, credentials: Credentials): Promise<Caller> {
  const text = tokenTextOf(credentials);
  if (text !== undefined) return (await identifyToken(deps, text)) ?? ANONYMOUS;
  const cookie = readSessionCookie(credentials.cookie);
  const user = cookie === undefined ? undefined : await authenticateSession(deps, cookie);
  return user === undefined ? identifyLegacySession(deps, credentials.cookie) : { via: 'session', user };
}

/** The cookie of the 0.5 API; only tokens that need protection against forgery may come in it. */
async function identifyLegacySession(deps: IdentifyDeps, header: string | undefined): Promise<Caller> {
  const cookie = readCookie(header, LEGACY_SESSION_COOKIE);
  const found = cookie === undefined ? undefined : await authenticateJwt(deps, cookie);
  return found?.csrfKey === undefined ? ANONYMOUS : { via: 'token', token: FULL_GRANT, ...found };
}

/** The token that comes with a request: the whole header or parameter, with or without `Bearer ` before it. */
export function tokenTextOf(
  credentials: Pick<Credentials, 'authorization' | 'queryToken'>,
): string | undefined {
  const text = credentials.authorization || credentials.queryToken;
  return text ? text.replace(/^Bearer /, '') : undefined;
}

/** The account behind a 0.5 token, an API token or an old user token; `undefined` when the text is none of them. */
export async function identifyToken(
  deps: AuthDeps & UserTokenDeps,
  text: string,
): Promise<Extract<Caller, { via: 'token' }> | undefined> {
  const jwt = await authenticateJwt(deps, text);
  if (jwt !== undefined) return { via: 'token', token: FULL_GRANT, ...jwt };
  // Whichever it looks like comes first; what operators have chosen may look like anything.
  const isApiToken = looksLikeApiToken(text);
  const first = isApiToken ? await authenticateToken(deps, text) : await identifyUserToken(deps, text);
  const found =
    first ?? (isApiToken ? await identifyUserToken(deps, text) : await authenticateToken(deps, text));
  return found && { via: 'token', ...found };
}

async function identifyUserToken(
  deps: UserTokenDeps,
  text: string,
): Promise<{ user: User; token: TokenGrant } | undefined> {
  const user = await findUserByToken(deps, text);
  return user && { user, token: FULL_GRANT };
}
