import { AppError } from '@sortie/core/errors';
import type { Scope, Token } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import type { Db } from '../store/db.ts';
import { findTokenByHash, insertToken, touchToken } from '../store/tokens.ts';
import { findUserById } from '../store/users.ts';
import { hashSecret, newTokenText, prefixOf } from './secret-text.ts';

export interface AuthDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
}

export interface TokenRequest {
  readonly userId: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Empty unless given: every repository, every network, the limit of the server. */
  readonly repoIds?: readonly number[];
  readonly ranges?: readonly string[];
  readonly rateLimit?: number;
  /** Unix seconds; 0 = never. */
  readonly expires: number;
  /** A text chosen by an operator; a random one is made without it. */
  readonly text?: string;
}

/** Makes a token. `text` is returned this one time and cannot be found out later. */
export async function issueToken(
  deps: AuthDeps,
  request: TokenRequest,
): Promise<{ readonly token: Token; readonly text: string }> {
  const text = request.text ?? newTokenText();
  const token = await insertToken(deps.db, {
    userId: request.userId,
    name: request.name,
    scopes: request.scopes,
    repoIds: request.repoIds ?? [],
    ranges: request.ranges ?? [],
    rateLimit: request.rateLimit ?? 0,
    expires: request.expires,
    hash: hashSecret(text),
    prefix: prefixOf(text),
    created: deps.now(),
  });
  return { token, text };
}

/** Last uses are noted at most so often, so that a busy script does not write on every request. */
const TOUCH_SECONDS = 60;

/** The account behind a token; `undefined` when it is unknown or expired. Inactive accounts are returned too. */
export async function authenticateToken(
  deps: AuthDeps,
  text: string,
): Promise<{ readonly user: User; readonly token: Token } | undefined> {
  const token = await findTokenByHash(deps.db, hashSecret(text));
  const now = deps.now();
  if (token === undefined || (token.expires !== 0 && token.expires <= now)) return undefined;
  const user = await findUserById(deps.db, token.userId);
  if (user === undefined) return undefined;
  if (now - token.lastUsed >= TOUCH_SECONDS) await noteUse(deps, token, now);
  return { user, token };
}

/** A full or busy disk must not keep people from reading; the next request notes its use again. */
async function noteUse(deps: AuthDeps, token: Token, now: number): Promise<void> {
  try {
    await touchToken(deps.db, token.id, now);
  } catch (error) {
    const isPassing = error instanceof AppError && error.status === 503;
    if (!isPassing) throw error;
  }
}
