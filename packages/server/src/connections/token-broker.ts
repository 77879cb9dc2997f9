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
  const renewals = new Map<number, Promise<ScmToken>>();
  const renew = (service: GitService, identity: Identity, token: ScmToken): Promise<ScmToken> => {
    const running = renewals.get(identity.id);
    if (running !== undefined) return running;
    const renewal = renewToken(deps, { service, identity, token }).finally(() =>
      renewals.delete(identity.id),
    );
    renewals.set(identity.id, renewal);
    return renewal;
  };
  return {
    async use({ userId, connectionId }, call) {
      const service = deps.services.require(connectionId);
      const identity = await findIdentityOfUser(deps.db, userId, connectionId);
      const token = identity && openToken(deps.sealer, identity);
      if (identity === undefined || token === undefined) throw noToken(service);
      if (identity.isInvalid) throw refusedToken(service, identity);
      try {
        const valid = isShort(deps, service, token) ? await renew(service, identity, token) : token;
        return await call(valid, service);
      } catch (error) {
        if (isScmError(error, 'unauthorized')) {
          await markIdentityInvalid(deps.db, (await current(deps, identity)) ?? identity);
          throw refusedToken(service, identity, error);
        }
        throw toAppError(error, service.title);
      }
    },
  };
}

interface Renewal {
  readonly service: GitService;
  readonly identity: Identity;
  readonly token: ScmToken;
}

function isShort({ nowMs }: TokenBrokerDeps, { driver }: GitService, token: ScmToken): boolean {
  if (token.expires === 0 || token.refresh === '' || !driver.supports('refreshToken')) return false;
  return token.expires - nowMs() / 1000 < LEAST_LIFE_SECONDS;
}

/** A refresh token works once: whoever holds the lock trades it, everybody else waits for what is stored then. */
async function renewToken(deps: TokenBrokerDeps, { service, identity, token }: Renewal): Promise<ScmToken> {
  const sleep = deps.sleep ?? ((ms: number) => pause(ms));
  const deadline = deps.nowMs() + RENEWAL_MS;
  for (;;) {
    const nowMs = deps.nowMs();
    if (await claimRenewal(deps.db, identity, { nowMs, untilMs: nowMs + RENEWAL_MS })) break;
    const stored = await current(deps, identity);
    const changed = stored === undefined || stored.accessSealed !== identity.accessSealed;
    const renewed = changed && stored !== undefined ? openToken(deps.sealer, stored) : undefined;
    if (renewed !== undefined) return renewed;
    if (changed || stored.isInvalid) throw refusedToken(service, identity);
    if (deps.nowMs() >= deadline) throw busy(service);
    await sleep(LOOK_AGAIN_MS);
  }
  try {
    const next = await service.driver.refreshToken(token);
    const updated = Math.floor(deps.nowMs() / 1000);
    await updateIdentity(deps.db, identity.id, { ...sealToken(deps.sealer, identity.id, next), updated });
    return next;
  } catch (error) {
    await releaseRenewal(deps.db, identity.id);
    throw error;
  }
}

async function current(
  deps: TokenBrokerDeps,
  { userId, connectionId }: Identity,
): Promise<Identity | undefined> {
  return findIdentityOfUser(deps.db, userId, connectionId);
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
