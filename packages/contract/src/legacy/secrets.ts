import type { LegacySecretRules, Secret } from '@sortie/core/secret';

/** A secret of the 0.5 API (api-legacy.md 2.6). The value is never shown. */
export interface LegacySecret {
  readonly id: number;
  readonly name: string;
  readonly value: '';
  readonly image?: readonly string[];
  readonly event?: readonly string[];
  readonly skip_verify: boolean;
  readonly conceal: boolean;
}

export function toLegacySecret(secret: Secret): LegacySecret {
  const rules = secret.legacy ?? presumed(secret);
  return {
    id: secret.id,
    name: secret.name,
    value: '',
    ...(rules.images.length === 0 ? {} : { image: rules.images }),
    ...(rules.events.length === 0 ? {} : { event: rules.events }),
    skip_verify: rules.skipVerify,
    conceal: rules.conceal,
  };
}

/** How a secret of version 1 looks to a 0.5 client. */
function presumed(secret: Secret): LegacySecretRules {
  const usual = ['push', 'tag', 'deployment'];
  const events = secret.allowsPullRequests ? [...usual, 'pull_request'] : usual;
  return { images: ['*'], events, skipVerify: true, conceal: true };
}
