import {
  createToken,
  deleteToken,
  listTokens as listTokensRoute,
  toWireToken,
} from '@sortie/contract/tokens';
import { AppError } from '@sortie/core/errors';
import { hasScope, type Scope } from '@sortie/core/token';
import type { Caller } from '../auth/identify.ts';
import { type AuthDeps, issueToken } from '../auth/tokens.ts';
import { listTokens, removeToken } from '../store/tokens.ts';
import { type Mount, notFound, userOf } from './mount.ts';

export function mountTokenRoutes(mount: Mount, auth: AuthDeps): void {
  mount(listTokensRoute, async (call) => {
    const tokens = await listTokens(auth.db, userOf(call).id);
    return tokens.map(toWireToken);
  });

  mount(createToken, async (call) => {
    const { name, scopes = ['all'], expires = 0 } = call.body;
    requireOwnScopes(call.admission.caller, scopes);
    if (expires !== 0 && expires <= auth.now()) {
      throw new AppError('invalid-request', 'The token would have expired already.', {
        hint: 'Give a time in the future as unix seconds, or 0 for a token that never expires.',
      });
    }
    const { token, text } = await issueToken(auth, { userId: userOf(call).id, name, scopes, expires });
    return { ...toWireToken(token), token: text };
  });

  mount(deleteToken, async (call) => {
    const isRemoved = await removeToken(auth.db, { id: call.params.token, userId: userOf(call).id });
    if (!isRemoved) throw notFound('token');
    return undefined;
  });
}

/** A token cannot make one that may do more than itself. */
function requireOwnScopes(caller: Caller, wanted: readonly Scope[]): void {
  if (caller.via !== 'token') return;
  const missing = wanted.find((scope) => !hasScope(caller.token.scopes, scope));
  if (missing === undefined) return;
  throw new AppError('token-scope', `A token without the scope ${missing} cannot make one that has it.`, {
    hint: 'Name scopes that this token has, or make the token on the account page.',
  });
}
