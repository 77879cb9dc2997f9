import type { AuditEntry } from '@sortie/core/audit';
import { type Selectable, sql } from 'kysely';
import type { Db } from './db.ts';
import type { AuditTable } from './tables-accounts.ts';

export type NewAuditEntry = Omit<AuditEntry, 'id'>;

/** Entries can only be added: the database refuses to change or remove them. */
export async function insertAuditEntry(db: Db, entry: NewAuditEntry): Promise<void> {
  await db
    .insertInto('audit')
    .values({
      created: entry.created,
      user_id: entry.userId,
      login: entry.login,
      token_id: entry.tokenId,
      via: entry.via,
      ip: entry.ip,
      action: entry.action,
      subject: entry.subject,
      status: entry.status,
      error_code: entry.errorCode,
      request_id: entry.requestId,
    })
    .execute();
}

export interface AuditFilter {
  readonly action?: string;
  /** Compared exactly. */
  readonly login?: string;
  /** The whole subject, or its words from the start: `octocat/hello` finds `octocat/hello secrets/token`. */
  readonly subject?: string;
  /** Only entries with a smaller id. */
  readonly before?: number;
  readonly limit: number;
}

/** Newest first. */
export async function listAuditEntries(db: Db, filter: AuditFilter): Promise<readonly AuditEntry[]> {
  const { action, login, subject, before, limit } = filter;
  let query = db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(limit);
  if (action !== undefined) query = query.where('action', '=', action);
  if (login !== undefined) query = query.where('login', '=', login);
  if (before !== undefined) query = query.where('id', '<', before);
  if (subject !== undefined) {
    const start = `${subject.replace(/[\\%_]/g, '\\$&')} %`;
    query = query.where((eb) =>
      eb.or([eb('subject', '=', subject), sql<boolean>`subject like ${start} escape '\\'`]),
    );
  }
  return (await query.execute()).map(toEntry);
}

function toEntry(row: Selectable<AuditTable>): AuditEntry {
  return {
    id: row.id,
    created: row.created,
    userId: row.user_id,
    login: row.login,
    tokenId: row.token_id,
    via: row.via,
    ip: row.ip,
    action: row.action,
    subject: row.subject,
    status: row.status,
    errorCode: row.error_code,
    requestId: row.request_id,
  };
}
