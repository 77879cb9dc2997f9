import { AppError } from '@sortie/core/errors';
import type { Scope, Token } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import type { Db } from '../store/db.ts';
import {
  findRotatedTokenWithUser,
  findToken,
  findTokenWithUser,
  insertToken,
  replaceTokenHash,
  touchToken,
} from '../store/tokens.ts';
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

/**
 * Gives a token a new text, returned this one time; the present one works for `overlapSeconds` more. `undefined`
 * when the account has no such token. Throws `conflict` when somebody else rotates it at the same time.
 */
export async function rotateToken(
  deps: AuthDeps,
  key: { readonly id: number; readonly userId: number },
  overlapSeconds: number,
): Promise<{ readonly token: Token; readonly text: string } | undefined> {
  const present = await findToken(deps.db, key);
  if (present === undefined) return undefined;
  const text = newTokenText();
  const token = await replaceTokenHash(deps.db, key.id, {
    expectedHash: present.hash,
    hash: hashSecret(text),
    prefix: prefixOf(text),
    previousExpires: overlapSeconds === 0 ? 0 : deps.now() + overlapSeconds,
  });
  if (token !== undefined) return { token, text };
  throw new AppError('conflict', 'Somebody else rotated or ended the token at the same time.', {
    hint: 'Load the list of tokens again.',
  });
}

/** Last uses are noted at most so often, so that a busy script does not write on every request. */
const TOUCH_SECONDS = 60;

/** The account behind a token; `undefined` when it is unknown or expired. Inactive accounts are returned too. */
export async function authenticateToken(
  deps: AuthDeps,
  text: string,
): Promise<{ readonly user: User; readonly token: Token } | undefined> {
  const hash = hashSecret(text);
  const now = deps.now();
  const found =
    (await findTokenWithUser(deps.db, hash)) ?? outgoing(await findRotatedTokenWithUser(deps.db, hash, now));
  if (found === undefined) return undefined;
  const { token } = found;
  if (token.expires !== 0 && token.expires <= now) return undefined;
  if (now - token.lastUsed >= TOUCH_SECONDS) await noteUse(deps, token, now);
  return found;
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

/** The text before the last rotation is an expiring token: what it makes may not outlive it. */
function outgoing<Found extends { readonly token: Token }>(found: Found | undefined): Found | undefined {
  if (found === undefined) return undefined;
  const { expires, previousExpires } = found.token;
  const ends = expires === 0 ? previousExpires : Math.min(expires, previousExpires);
  return { ...found, token: { ...found.token, expires: ends } };
}
