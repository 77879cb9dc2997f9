import type { NewTokenBody } from '@sortie/contract/tokens';
import { requireRepoAccess } from '@sortie/core/access';
import { AppError } from '@sortie/core/errors';
import type { Token } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import type { Caller } from '../auth/identify.ts';
import { parseNetwork } from '../auth/networks.ts';
import { requireNoMoreRights } from '../auth/token-limits.ts';
import { type AuthDeps, issueToken, rotateToken } from '../auth/tokens.ts';
import type { Db } from '../store/db.ts';
import { findPermission } from '../store/permissions.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { findToken } from '../store/tokens.ts';

export interface MadeToken {
  readonly token: Token;
  /** Shown this one time. */
  readonly text: string;
}

/**
 * Makes a token of an account. Throws `token-scope` and `token-weaker` when it could do more than the token that asks
 * for it, `not-found` for a repository that the account cannot read, `invalid-request` for networks and times.
 */
export async function makeToken(
  deps: AuthDeps,
  caller: Caller,
  owner: User,
  wish: NewTokenBody,
): Promise<MadeToken> {
  const { name, scopes = ['all'], ranges = [], rate_limit: rateLimit = 0, expires = 0 } = wish;
  requireNetworks(ranges);
  if (expires !== 0 && expires <= deps.now()) {
    throw new AppError('invalid-request', 'The token would have expired already.', {
      hint: 'Give a time in the future as unix seconds, or 0 for a token that never expires.',
    });
  }
  const repoIds = await readRepos(deps.db, owner, wish.repos ?? []);
  requireNoMoreRights(caller, { scopes, repoIds, ranges, rateLimit, expires });
  return issueToken(deps, { userId: owner.id, name, scopes, repoIds, ranges, rateLimit, expires });
}

/**
 * Gives a token of an account a new text; the present one works for `overlapSeconds` more. `undefined` when there is
 * no such token. Throws `token-scope`, `token-weaker`, `conflict`.
 */
export async function renewToken(
  deps: AuthDeps,
  caller: Caller,
  key: { readonly id: number; readonly userId: number },
  overlapSeconds: number,
): Promise<MadeToken | undefined> {
  const token = await findToken(deps.db, key);
  if (token === undefined) return undefined;
  requireNoMoreRights(caller, token);
  return rotateToken(deps, key, overlapSeconds);
}

function requireNetworks(ranges: readonly string[]): void {
  const wrong = ranges.find((range) => parseNetwork(range) === undefined);
  if (wrong === undefined) return;
  throw new AppError('invalid-request', `${JSON.stringify(wrong)} is no network.`, {
    hint: 'Use CIDR form: 10.0.0.0/8, fd00::/8, or one address.',
  });
}

/** A token can only be restricted to what its account may see, so that nobody learns what else there is. */
async function readRepos(db: Db, owner: User, slugs: readonly string[]): Promise<readonly number[]> {
  const ids = new Set<number>();
  for (const slug of slugs) {
    const found = await findRepoBySlug(db, slug);
    const permission = found && (await findPermission(db, owner.id, found.id));
    ids.add(requireRepoAccess('repo:read', found, owner, permission).id);
  }
  return [...ids];
}
