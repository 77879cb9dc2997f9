import type { ScmToken } from '@sortie/scm/objects';
import type { Sealer } from '../seal/sealer.ts';
import type { Identity, IdentityToken } from '../store/identities.ts';

/** A token as it is kept. The place ties it to its row, so a value copied to another row does not open. */
export function sealToken(sealer: Sealer, identityId: number, token: ScmToken): IdentityToken {
  const seal = (text: string, column: TokenColumn): string =>
    text === '' ? '' : sealer.seal(text, tokenPlace(column, identityId));
  return {
    accessSealed: seal(token.access, 'access_sealed'),
    refreshSealed: seal(token.refresh, 'refresh_sealed'),
    expires: token.expires,
  };
}

/** The opposite; `undefined` when there is no token. Throws `database-key`. */
export function openToken(sealer: Sealer, identity: Identity): ScmToken | undefined {
  const { id, accessSealed, refreshSealed, expires } = identity;
  if (accessSealed === '') return undefined;
  const access = sealer.open(accessSealed, tokenPlace('access_sealed', id));
  const refresh = refreshSealed === '' ? '' : sealer.open(refreshSealed, tokenPlace('refresh_sealed', id));
  return { access, refresh, expires };
}

type TokenColumn = 'access_sealed' | 'refresh_sealed';

/** Where a token is kept, for the sealer. */
export function tokenPlace(column: TokenColumn, identityId: number): string {
  return `identities.${column}:${identityId}`;
}
