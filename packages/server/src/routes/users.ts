import { getCurrentUser, showUserToken, toWireUser, updateCurrentUser } from '@sortie/contract/users';
import { issueUserJwt } from '../auth/legacy-identity.ts';
import { requireFullRights } from '../auth/token-limits.ts';
import type { AuthDeps } from '../auth/tokens.ts';
import { readUserToken, rotateUserToken, type UserTokenDeps } from '../auth/user-token.ts';
import { updateUser } from '../store/users.ts';
import { sendText } from './legacy/mount-legacy.ts';
import { type Mount, notFound, userOf } from './mount.ts';

/** The account behind the request (api-v1.md 3.1). */
export function mountUserRoutes(mount: Mount, auth: AuthDeps & UserTokenDeps): void {
  mount(getCurrentUser, (call) => toWireUser(userOf(call)));

  mount(updateCurrentUser, async (call) => {
    const user = userOf(call);
    const { email } = call.body;
    if (email === undefined) return toWireUser(user);
    const changed = await updateUser(auth.db, user.id, { email, updated: auth.now() });
    if (changed === undefined) throw notFound('account');
    return toWireUser(changed);
  });

  mount(showUserToken, async (call) => {
    const user = userOf(call);
    requireFullRights(call.admission.caller);
    const isRotation = (call.form.rotate ?? call.query.rotate) === 'true';
    if (wantsPlainText(call.request.headers.accept)) {
      if (isRotation) await rotateUserToken(auth, user);
      return sendText(call.reply, await issueUserJwt(auth, user));
    }
    const token = isRotation ? await rotateUserToken(auth, user) : await readUserToken(auth, user);
    return { ...toWireUser(user), token };
  });
}

/** Clients of the 0.5 API read a bare text; whoever takes JSON, or anything, gets version 1. */
function wantsPlainText(accept = ''): boolean {
  return /\btext\/plain\b/.test(accept) && !/application\/json|\*\/\*/.test(accept);
}
