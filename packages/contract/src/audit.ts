import type { AuditEntry } from '@sortie/core/audit';
import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';

/** One line of the audit log. */
export const WireAuditEntry = Type.Object(
  {
    id: Type.Integer(),
    created: Type.Integer({ description: 'Unix seconds' }),
    user_id: Type.Integer({ description: '0 for commands on the machine of the server' }),
    login: Type.String(),
    token_id: Type.Integer({ description: '0 for sessions and the old user token' }),
    via: Type.Enum(['nothing', 'session', 'token', 'command-line']),
    ip: Type.String({ description: 'Address of the client' }),
    action: Type.String({ description: 'Id of the operation' }),
    subject: Type.String({ description: 'What it was about, for example `octocat/hello secrets/token`' }),
    status: Type.Integer({ description: 'HTTP status of the answer; 0 for commands' }),
    error_code: Type.String({ description: 'Empty for success' }),
    request_id: Type.String(),
  },
  { title: 'AuditEntry' },
);
export type WireAuditEntry = Static<typeof WireAuditEntry>;

export const listAuditEntries = defineRoute({
  id: 'listAuditEntries',
  method: 'GET',
  path: '/api/audit',
  access: 'admin',
  scope: 'server:admin',
  summary: 'Who did what to accounts, secrets and settings, newest first',
  query: Type.Object({
    action: Type.Optional(Type.String({ description: 'Id of the operation, for example `createToken`' })),
    login: Type.Optional(Type.String()),
    subject: Type.Optional(Type.String({ description: 'The whole subject, or its first words' })),
    before: Type.Optional(Type.String({ description: 'Only entries with a smaller id, for the next page' })),
    limit: Type.Optional(Type.String({ description: '50 unless given, at most 500' })),
  }),
  reply: Type.Array(WireAuditEntry),
});

export function toWireAuditEntry(entry: AuditEntry): WireAuditEntry {
  return {
    id: entry.id,
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
  };
}
