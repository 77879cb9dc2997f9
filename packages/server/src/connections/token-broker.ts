import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '@sortie/core/errors';
import { isScmError } from '@sortie/scm/errors';
import type { ScmToken } from '@sortie/scm/objects';
import type { Sealer } from '../seal/sealer.ts';
import type { GitService, GitServices, TokenBroker } from '../services/git-service.ts';
import { openToken, sealToken } from '../services/identity-tokens.ts';
import { toAppError } from '../services/service-errors.ts';
import type { Db } from '../store/db.ts';
import {
  claimRenewal,
  findIdentity,
  findIdentityOfUser,
  type Identity,
  markIdentityInvalid,
  releaseRenewal,
  updateIdentity,
} from '../store/identities.ts';

export interface TokenBrokerDeps {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly services: GitServices;
  readonly nowMs: () => number;
  /** Milliseconds; waits for a renewal that another server has begun. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** A token that lives no longer than this is renewed before it is used. */
const LEAST_LIFE_SECONDS = 60;
/** Longer than the longest call to a Git service. */
const RENEWAL_MS = 60_000;
const LOOK_AGAIN_MS = 200;

/** The one who reads tokens of Git services. One renewal at a time for each account, here and on other servers. */
export function createTokenBroker(deps: TokenBrokerDeps): TokenBroker {
  const renewals = new Map<number, Promise<Identity>>();
  const renew: Renew = (service, identity) => {
    const running = renewals.get(identity.id);
    if (running !== undefined) return running;
    const renewal = renewToken(deps, service, identity).finally(() => renewals.delete(identity.id));
    renewals.set(identity.id, renewal);
    return renewal;
  };
  return {
    async use({ userId, connectionId }, call) {
      const service = deps.services.require(connectionId);
      const identity = await findIdentityOfUser(deps.db, userId, connectionId);
      if (identity === undefined) throw noToken(service);
      const lending = { service, renew, call };
      const first = await lend(deps, lending, identity);
      if (!('refused' in first)) return first.result;
      // Another server may have renewed it during the call, or its owner has signed in again.
      const newer = await findIdentity(deps.db, identity.id);
      const isNew = newer !== undefined && newer.accessSealed !== first.refused.accessSealed;
      const second = isNew ? await lend(deps, lending, newer) : first;
      if (!('refused' in second)) return second.result;
      throw refusedToken(service, identity, second.error);
    },
  };
}

type Renew = (service: GitService, identity: Identity) => Promise<Identity>;

interface Lending<Result> {
  readonly service: GitService;
  readonly renew: Renew;
  readonly call: (token: ScmToken, service: GitService) => Promise<Result>;
}

/** `refused` is the account with the token that the service has refused, which is marked then. */
type Lent<Result> = { readonly result: Result } | { readonly refused: Identity; readonly error: unknown };

async function lend<Result>(
  deps: TokenBrokerDeps,
  { service, renew, call }: Lending<Result>,
  identity: Identity,
): Promise<Lent<Result>> {
  const token = openToken(deps.sealer, identity);
  if (token === undefined) throw noToken(service);
  if (identity.isInvalid) throw refusedToken(service, identity);
  let used = identity;
  try {
    if (!isShort(deps, service, token)) return { result: await call(token, service) };
    used = await renew(service, identity);
    return { result: await call(openToken(deps.sealer, used) ?? token, service) };
  } catch (error) {
    if (!isScmError(error, 'unauthorized')) throw toAppError(error, service.title);
    // Without effect when another token has been stored meanwhile.
    await markIdentityInvalid(deps.db, used);
    return { refused: used, error };
  }
}

function isShort({ nowMs }: TokenBrokerDeps, { driver }: GitService, token: ScmToken): boolean {
  if (token.expires === 0 || token.refresh === '' || !driver.supports('refreshToken')) return false;
  return token.expires - nowMs() / 1000 < LEAST_LIFE_SECONDS;
}

/**
 * A refresh token works once: whoever holds the lock trades it, everybody else waits for what is stored then. Returns the
 * account with its new token.
 */
async function renewToken(deps: TokenBrokerDeps, service: GitService, identity: Identity): Promise<Identity> {
  const { db, sealer } = deps;
  const sleep = deps.sleep ?? ((ms: number) => pause(ms));
  const deadline = deps.nowMs() + RENEWAL_MS;
  for (;;) {
    const nowMs = deps.nowMs();
    if (await claimRenewal(db, identity, { nowMs, untilMs: nowMs + RENEWAL_MS })) break;
    const stored = await findIdentity(db, identity.id);
    const isNew = stored !== undefined && stored.accessSealed !== identity.accessSealed;
    if (isNew && stored.accessSealed !== '') return stored;
    if (isNew || stored === undefined || stored.isInvalid) throw refusedToken(service, identity);
    if (deps.nowMs() >= deadline) throw busy(service);
    await sleep(LOOK_AGAIN_MS);
  }
  try {
    const token = openToken(sealer, identity);
    if (token === undefined) throw noToken(service);
    const sealed = sealToken(sealer, identity.id, await service.driver.refreshToken(token));
    await updateIdentity(db, identity.id, { ...sealed, updated: Math.floor(deps.nowMs() / 1000) });
    return { ...identity, ...sealed };
  } catch (error) {
    await releaseRenewal(db, identity.id);
    throw error;
  }
}

function noToken({ title }: GitService): AppError {
  return new AppError('service-token', `The account has no token for ${title}.`, {
    hint: `Its owner must sign in with ${title} once.`,
  });
}

function refusedToken({ title }: GitService, { login }: Identity, cause?: unknown): AppError {
  return new AppError('service-token', `${title} does not accept the token of ${login} any more.`, {
    hint: `${login} must sign in with ${title} again.`,
    cause,
  });
}

function busy({ title }: GitService): AppError {
  return new AppError('service-unavailable', `The token for ${title} is being renewed by another server.`, {
    hint: 'Try again in a minute.',
  });
}
