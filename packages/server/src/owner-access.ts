import { AppError } from '@sortie/core/errors';
import { createSignInLink } from './auth/sessions.ts';
import { issueToken } from './auth/tokens.ts';
import type { Core } from './core.ts';
import { firstAdmin } from './first-admin.ts';
import { noteCommand } from './services/note-command.ts';
import { inTransaction } from './store/db.ts';

/** A link for the owner while nobody has ever signed in to that account. */
export async function firstSignIn(
  core: Core,
  timeoutMs: number,
  publicUrl: string,
): Promise<string | undefined> {
  const admin = await firstAdmin(core, core.builtinConnectionId);
  if (admin === undefined || admin.lastLogin > 0) return undefined;
  const { secret } = await createSignInLink(core, { userId: admin.id, timeoutMs });
  return `${publicUrl}/login/link#${secret}`;
}

/** A token that may do everything, for the owner of the machine; noted in the audit log. Throws `not-found`. */
export async function adminToken(
  core: Core,
  name: string,
): Promise<{ readonly login: string; readonly text: string }> {
  const admin = await firstAdmin(core, core.builtinConnectionId);
  if (admin === undefined) {
    throw new AppError('not-found', 'This server has no administrator who could own a token.', {
      hint: 'Create one with DRONE_USER_CREATE=username:NAME,admin:true.',
    });
  }
  const { login } = admin;
  const { now } = core;
  return inTransaction(core.db, async (tx) => {
    const wish = { userId: admin.id, name, scopes: ['all'], expires: 0 } as const;
    const { token, text } = await issueToken({ db: tx, now }, wish);
    const subject = `users/${login} tokens/${token.id}`;
    await noteCommand({ db: tx, now }, { action: 'createToken', subject });
    return { login, text };
  });
}
