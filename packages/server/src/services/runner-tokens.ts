import { AppError } from '@sortie/core/errors';
import { type RunnerScope, type RunnerToken, UNLIMITED_SCOPE } from '@sortie/core/runner-token';
import { parseNetwork } from '../auth/networks.ts';
import { hashSecret, newRunnerTokenText, prefixOfRunnerToken } from '../auth/secret-text.ts';
import type { Db } from '../store/db.ts';
import { findRunnerToken, insertRunnerToken, replaceRunnerTokenHash } from '../store/runner-tokens.ts';

interface RunnerTokenDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
}

export interface RunnerTokenWish {
  readonly name: string;
  readonly scope: Partial<RunnerScope>;
  readonly ranges: readonly string[];
  /** Unix seconds; 0 = never. */
  readonly expires: number;
}

/** A token with its text, which is returned this one time and cannot be found out later. */
export interface MadeRunnerToken {
  readonly token: RunnerToken;
  readonly text: string;
}

/** Throws `invalid-request` for networks that are none, and for an end that has passed. */
export async function issueRunnerToken(
  deps: RunnerTokenDeps,
  wish: RunnerTokenWish,
): Promise<MadeRunnerToken> {
  const { name, scope, ranges, expires } = wish;
  requireNetworks(ranges);
  if (expires !== 0 && expires <= deps.now()) {
    throw new AppError('invalid-request', 'The token would have expired already.', {
      hint: 'Give the end in unix seconds, or 0 for none.',
    });
  }
  const text = newRunnerTokenText();
  const token = await insertRunnerToken(deps.db, {
    ...UNLIMITED_SCOPE,
    ...scope,
    ...{ name, ranges, expires },
    hash: hashSecret(text),
    prefix: prefixOfRunnerToken(text),
    created: deps.now(),
  });
  return { token, text };
}

/**
 * Gives a token a new text; the present one works for `overlapSeconds` more. `undefined` when there is none. Throws
 * `conflict` when somebody else rotates it at the same time.
 */
export async function rotateRunnerToken(
  deps: RunnerTokenDeps,
  id: number,
  overlapSeconds: number,
): Promise<MadeRunnerToken | undefined> {
  const present = await findRunnerToken(deps.db, id);
  if (present === undefined) return undefined;
  const text = newRunnerTokenText();
  const token = await replaceRunnerTokenHash(deps.db, id, {
    expectedHash: present.hash,
    hash: hashSecret(text),
    prefix: prefixOfRunnerToken(text),
    previousExpires: overlapSeconds === 0 ? 0 : deps.now() + overlapSeconds,
  });
  if (token !== undefined) return { token, text };
  throw new AppError('conflict', 'Somebody else has just rotated this token.', {
    hint: 'Look at the list of tokens, then rotate it again if need be.',
  });
}

function requireNetworks(ranges: readonly string[]): void {
  const wrong = ranges.find((range) => parseNetwork(range) === undefined);
  if (wrong === undefined) return;
  throw new AppError('invalid-request', `${JSON.stringify(wrong)} is not a network.`, {
    hint: 'Write networks as 10.0.0.0/8 or fd00::/8.',
  });
}
