import type { listAuditEntries as listAuditRoute } from '@sortie/contract/audit';
import type { RouteQuery } from '@sortie/contract/route';
import { AppError } from '@sortie/core/errors';
import type { AuditFilter } from '../store/audit.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** The query of the audit log. Throws `invalid-request` where a number is none. */
export function readCursor(query: RouteQuery<typeof listAuditRoute>): AuditFilter {
  const { action, login, subject } = query;
  const limit = readNumber('limit', query.limit) ?? DEFAULT_LIMIT;
  const before = readNumber('before', query.before);
  return { action, login, subject, before, limit: Math.min(limit, MAX_LIMIT) };
}

function readNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  throw new AppError('invalid-request', `The query ${name} must be a positive number.`, {
    hint: 'Take `before` from the id of the last entry of the page before.',
  });
}
