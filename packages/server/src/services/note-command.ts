import type { AuthDeps } from '../auth/tokens.ts';
import { insertAuditEntry } from '../store/audit.ts';

/** Writes into the audit log what somebody did with a command on the machine of the server. */
export async function noteCommand(
  { db, now }: AuthDeps,
  command: { readonly action: string; readonly subject: string },
): Promise<void> {
  await insertAuditEntry(db, {
    created: now(),
    userId: 0,
    login: '',
    tokenId: 0,
    via: 'command-line',
    ip: '',
    action: command.action,
    subject: command.subject,
    status: 0,
    errorCode: '',
    requestId: '',
  });
}
