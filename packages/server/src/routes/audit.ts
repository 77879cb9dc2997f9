import { listAuditEntries as listAuditRoute, toWireAuditEntry } from '@sortie/contract/audit';
import { toWireProblem } from '@sortie/contract/problems';
import type { Route } from '@sortie/contract/route';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorLog, toAppError } from '../errors.ts';
import { insertAuditEntry, listAuditEntries } from '../store/audit.ts';
import type { Db } from '../store/db.ts';
import { readCursor } from './audit-query.ts';
import { auditSubject } from './audit-subject.ts';
import { clientAddress } from './client-address.ts';
import type { Mount } from './mount.ts';

export interface AuditDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
  readonly log: ErrorLog;
}

/** Everybody with an account leaves a line; strangers do not, lest they fill the disk. */
export function mountAuditRoutes(mount: Mount, { db }: { readonly db: Db }): void {
  mount(listAuditRoute, async (call) => {
    const entries = await listAuditEntries(db, readCursor(call.query));
    return entries.map(toWireAuditEntry);
  });
}

/**
 * Writes what a known caller did, or was refused, before the answer goes out. Returns what is to be sent: when the
 * line cannot be written the caller hears of a failure, even where the action itself has been done.
 */
export async function audit(
  deps: AuditDeps,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const { caller } = request;
  if (caller?.user === undefined) return payload;
  try {
    await insertAuditEntry(deps.db, {
      created: deps.now(),
      userId: caller.user.id,
      login: caller.user.login,
      tokenId: caller.via === 'token' ? caller.token.id : 0,
      via: caller.via,
      ip: clientAddress(request),
      action: route.id,
      subject: auditSubject(route.path, request.params, request.body),
      status: reply.statusCode,
      errorCode: errorCodeOf(reply, payload),
      requestId: request.id,
    });
    return payload;
  } catch (error) {
    return refuse(deps.log, error, request, reply);
  }
}

function refuse(log: ErrorLog, error: unknown, request: FastifyRequest, reply: FastifyReply): string {
  const known = toAppError(error);
  log.error({ requestId: request.id, err: error }, 'the audit log could not be written');
  reply.status(known.status).removeHeader('content-length').removeHeader('set-cookie');
  reply.header('content-type', 'application/problem+json');
  return `${JSON.stringify(toWireProblem(known, request.id))}\n`;
}

function errorCodeOf(reply: FastifyReply, payload: unknown): string {
  const isProblem = String(reply.getHeader('content-type')).startsWith('application/problem+json');
  if (!isProblem || typeof payload !== 'string') return '';
  const { error_code: code } = JSON.parse(payload) as { error_code?: unknown };
  return typeof code === 'string' ? code : '';
}
