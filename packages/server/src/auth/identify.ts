import type { Token } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import { readSessionCookie } from './cookies.ts';
import { authenticateSession, type SessionDeps } from './sessions.ts';
import { authenticateToken } from './tokens.ts';

/** What a token lets its holder do. `id` is 0 for the one old user token, which may do everything. */
export type TokenGrant = Pick<Token, 'id' | 'scopes' | 'repoIds' | 'ranges' | 'rateLimit'>;

/** Who sent a request. A session may do everything that the account may. */
export type Caller =
  | { readonly via: 'nothing'; readonly user?: undefined }
  | { readonly via: 'session'; readonly user: User }
  | { readonly via: 'token'; readonly user: User; readonly token: TokenGrant };

export interface Credentials {
  readonly authorization: string | undefined;
  /** Already `undefined` where tokens in addresses are not allowed. */
  readonly queryToken: string | undefined;
  readonly cookie: string | undefined;
}

export const ANONYMOUS: Caller = { via: 'nothing' };

/**
 * Looks at header, query and cookie in this order; the first one that is there counts, and when it is not valid
 * the request is anonymous (api-v1.md 1.2).
 */
export async function identify(deps: SessionDeps, credentials: Credentials): Promise<Caller> {
  const text = credentials.authorization || credentials.queryToken;
  if (text) return identifyToken(deps, text);
  const cookie = readSessionCookie(credentials.cookie);
  if (cookie === undefined) return ANONYMOUS;
  const user = await authenticateSession(deps, cookie);
  return user === undefined ? ANONYMOUS : { via: 'session', user };
}

/** The whole text is the token, with or without `Bearer ` before it. */
async function identifyToken(deps: SessionDeps, text: string): Promise<Caller> {
  const found = await authenticateToken(deps, text.replace(/^Bearer /, ''));
  return found === undefined ? ANONYMOUS : { via: 'token', ...found };
}
