import { randomBytes } from 'node:crypto';
import type { Sealer } from '../seal/sealer.ts';
import type { HookedRepo } from '../store/hook-repos.ts';
import { previousSignerPlace, signerPlace } from './repo-keys.ts';

export interface HookSecretDeps {
  readonly sealer: Sealer;
  /** Unix seconds. */
  readonly now: () => number;
  /** `DRONE_FEATURE_SERVER_PROXY_SECRET`, accepted for every repository; empty = none. */
  readonly proxySecret: string;
}

/** The secrets that a webhook may be signed with, never an empty one. */
export interface HookSecrets {
  /** Takes about as long for a repository that does not exist, which has a secret that nobody knows. */
  of(found: HookedRepo | undefined): readonly string[];
}

/** A place of its own: what is sealed there is opened for repositories that do not exist. */
const NOBODY = 'repos.signer_sealed:0';

export function createHookSecrets({ sealer, now, proxySecret }: HookSecretDeps): HookSecrets {
  const unknown = sealer.seal(randomBytes(24).toString('base64'), NOBODY);
  return {
    of(found) {
      const current =
        found === undefined || found.signer === ''
          ? sealer.open(unknown, NOBODY)
          : sealer.open(found.signer, signerPlace(found.repo.id));
      const secrets = [current];
      if (found !== undefined && found.previousSigner !== '' && found.previousExpires > now()) {
        secrets.push(sealer.open(found.previousSigner, previousSignerPlace(found.repo.id)));
      }
      if (proxySecret !== '') secrets.push(proxySecret);
      return secrets;
    },
  };
}
