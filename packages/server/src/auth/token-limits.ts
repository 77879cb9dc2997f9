import { AppError } from '@sortie/core/errors';
import { hasScope } from '@sortie/core/token';
import { type Caller, FULL_GRANT, type TokenGrant } from './identify.ts';
import { isInNetworks, isPartOfNetwork } from './networks.ts';

/** Throws `token-range` when the token of a caller may not be used from this address. */
export function requireNetwork(caller: Caller, address: string): void {
  if (caller.via !== 'token' || caller.token.ranges.length === 0) return;
  if (isInNetworks(caller.token.ranges, address)) return;
  throw new AppError('token-range', 'The token may not be used from this network address.', {
    hint: 'Use it from one of its networks, or make another token.',
  });
}

/** True unless the caller comes with a token that is restricted to other repositories. */
export function reachesRepo(caller: Caller, repoId: number): boolean {
  const ids = restrictionOf(caller);
  return ids === undefined || ids.includes(repoId);
}

/** The ids of the only repositories that the token of a caller reaches; `undefined` = all of the account's. */
export function restrictionOf(caller: Caller): readonly number[] | undefined {
  const isRestricted = caller.via === 'token' && caller.token.repoIds.length > 0;
  return isRestricted ? caller.token.repoIds : undefined;
}

/** Throws `token-repo` for a token that does not reach the repository, or, without one, that is restricted at all. */
export function requireReach(caller: Caller, repoId?: number): void {
  const isReached = repoId === undefined ? restrictionOf(caller) === undefined : reachesRepo(caller, repoId);
  if (isReached) return;
  throw new AppError('token-repo', 'The token is restricted to other repositories.', {
    hint: 'Use a token for this repository, or one without such a restriction.',
  });
}

/**
 * A token can neither make, rotate nor read one that may do more than itself. Throws `token-scope` where a scope is
 * missing, `token-weaker` for repositories, networks, expiry and rate.
 */
export function requireNoMoreRights(caller: Caller, wanted: Omit<TokenGrant, 'id'>): void {
  if (caller.via !== 'token') return;
  const own = caller.token;
  const missing = wanted.scopes.find((scope) => !hasScope(own.scopes, scope));
  if (missing !== undefined) {
    throw new AppError('token-scope', `A token without the scope ${missing} cannot give it to another one.`, {
      hint: 'Name scopes that this token has, or use the account page.',
    });
  }
  const more = MORE.find(({ isMore }) => isMore(own, wanted));
  if (more === undefined) return;
  throw new AppError('token-weaker', `This token is limited in its ${more.what}, the other one is not.`, {
    hint: 'Give the other token at least the same limits, or use the account page.',
  });
}

/** The same for tokens of another kind, which share only networks and expiry. Throws `token-weaker`. */
export function requireNoWiderUse(caller: Caller, wanted: Pick<TokenGrant, 'ranges' | 'expires'>): void {
  if (caller.via === 'token') requireNoMoreRights(caller, { ...caller.token, ...wanted });
}

/** The same for whatever would open the whole account. */
export function requireFullRights(caller: Caller): void {
  requireNoMoreRights(caller, FULL_GRANT);
}

type Comparison = (own: TokenGrant, wanted: Omit<TokenGrant, 'id'>) => boolean;

const MORE: readonly { readonly what: string; readonly isMore: Comparison }[] = [
  {
    what: 'repositories',
    isMore: (own, wanted) =>
      own.repoIds.length > 0 && !isPart(wanted.repoIds, (id) => own.repoIds.includes(id)),
  },
  {
    what: 'networks',
    isMore: (own, wanted) =>
      own.ranges.length > 0 && !isPart(wanted.ranges, (range) => isWithin(own.ranges, range)),
  },
  { what: 'time', isMore: (own, wanted) => isLater(own.expires, wanted.expires) },
  { what: 'rate', isMore: (own, wanted) => isLater(own.rateLimit, wanted.rateLimit) },
];

function isPart<T>(wanted: readonly T[], isAllowed: (item: T) => boolean): boolean {
  return wanted.length > 0 && wanted.every(isAllowed);
}

/** 0 stands for no limit. */
function isLater(own: number, wanted: number): boolean {
  return own !== 0 && (wanted === 0 || wanted > own);
}

function isWithin(ranges: readonly string[], wanted: string): boolean {
  return ranges.some((range) => isPartOfNetwork(range, wanted));
}
