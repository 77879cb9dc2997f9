import { AppError } from '@sortie/core/errors';
import { isScmError } from '@sortie/scm/errors';
import type { Sealer } from '../seal/sealer.ts';
import type { GitServices, TokenBroker } from '../services/git-service.ts';
import { openToken } from '../services/identity-tokens.ts';
import { toAppError } from '../services/service-errors.ts';
import type { Db } from '../store/db.ts';
import { findIdentityOfUser } from '../store/identities.ts';

export interface LookOnlyBrokerDeps {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly services: GitServices;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** The token is due for a renewal, which only a server makes. Nothing is wrong with it. */
export class TokenAsleep extends Error {}

/** Lends tokens and changes nothing: it renews none and marks none, so that it can look beside a running server. */
export function createLookOnlyBroker({ db, sealer, services, nowMs }: LookOnlyBrokerDeps): TokenBroker {
  return {
    async use({ userId, connectionId }, call) {
      const service = services.require(connectionId);
      const { title } = service;
      const identity = await findIdentityOfUser(db, userId, connectionId);
      const token = identity && openToken(sealer, identity);
      const hint = `Its owner must sign in with ${title} again.`;
      if (identity === undefined || token === undefined)
        throw new AppError('service-token', `The account has no token for ${title}.`, { hint });
      if (identity.isInvalid)
        throw new AppError('service-token', `${title} refuses the token of ${identity.login}.`, { hint });
      if (token.expires !== 0 && token.expires * 1000 <= nowMs) throw new TokenAsleep();
      try {
        return await call(token, service);
      } catch (error) {
        if (isScmError(error, 'unauthorized'))
          throw new AppError('service-token', `${title} refuses the token of ${identity.login}.`, { hint });
        throw toAppError(error, title);
      }
    },
  };
}
