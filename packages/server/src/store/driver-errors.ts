import { AppError } from '@sortie/core/errors';

/** SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE and _ROWID (sqlite.org/rescode.html). */
const SQLITE_DUPLICATE: ReadonlySet<number> = new Set([1555, 2067, 2579]);
const SQLITE_FULL = 13;
/** BUSY, IOERR, CORRUPT, CANTOPEN, NOTADB, READONLY: primary codes, the low byte of the extended ones. */
const SQLITE_UNAVAILABLE: ReadonlySet<number> = new Set([5, 8, 10, 11, 14, 26]);
/** Unique violation, disk full, serialization failure, deadlock (postgresql.org, appendix A). */
const POSTGRES_DUPLICATE = '23505';
const POSTGRES_DISK_FULL = '53100';
/** `character_not_in_repertoire`: PostgreSQL stores no NUL. */
const POSTGRES_BAD_TEXT = '22021';
const POSTGRES_RETRYABLE: ReadonlySet<string> = new Set(['40001', '40P01']);
/** `feature_not_supported`: so it says that a plan it has kept would give other columns now. */
const POSTGRES_OUTDATED_PLAN = '0A000';
/** Class 08, too many connections, shutdowns, statement and lock timeouts; then what the network says. */
const UNAVAILABLE =
  /^(08...|53300|57P0.|57014|55P03|ECONN.*|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH)$/;
/** What `pg` says without any code. */
const UNAVAILABLE_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|Cannot use a pool after|Client has encountered)/;

/** True when a row with the same key exists already. */
export function isDuplicateKey(error: unknown): boolean {
  const { code, errcode } = driverCodes(error);
  return code === POSTGRES_DUPLICATE || (errcode !== undefined && SQLITE_DUPLICATE.has(errcode));
}

/** True when the same transaction may succeed if it is simply run again. */
export function isRetryable(error: unknown): boolean {
  const { code } = driverCodes(error);
  return code !== undefined && (POSTGRES_RETRYABLE.has(code) || isOutdatedPlan(error));
}

/** True when a connection has kept a plan from before a change of the tables; another connection has none. */
export function isOutdatedPlan(error: unknown): boolean {
  return driverCodes(error).code === POSTGRES_OUTDATED_PLAN;
}

/**
 * Failures of disk and connection as `disk-full` and `database-unavailable`, a text that cannot be stored as
 * `invalid-request`; anything else as it came.
 */
export function mapDriverError(error: unknown): unknown {
  const { code, errcode } = driverCodes(error);
  if (errcode === SQLITE_FULL || code === POSTGRES_DISK_FULL || code === 'ENOSPC') {
    return new AppError('disk-full', 'The database could not store anything because its disk is full.', {
      hint: 'Free some space on the disk of the database, then try again.',
      cause: error,
    });
  }
  if (code === POSTGRES_BAD_TEXT) {
    return new AppError('invalid-request', 'A text holds a character that cannot be stored.', {
      hint: 'Leave out NUL characters.',
      cause: error,
    });
  }
  if (isUnavailable(error, code, errcode)) return databaseUnavailable(error);
  return error;
}

/** `database-unavailable` with the driver's own words as cause. */
export function databaseUnavailable(cause?: unknown): AppError {
  return new AppError('database-unavailable', 'The database does not answer.', {
    hint: 'Check that the database is running, reachable and not locked by another program.',
    cause,
  });
}

function isUnavailable(error: unknown, code: string | undefined, errcode: number | undefined): boolean {
  if (errcode !== undefined) return SQLITE_UNAVAILABLE.has(errcode & 0xff);
  if (code === 'ERR_INVALID_STATE') return true;
  if (code !== undefined && UNAVAILABLE.test(code)) return true;
  return error instanceof Error && UNAVAILABLE_TEXT.test(error.message);
}

function driverCodes(error: unknown): { code: string | undefined; errcode: number | undefined } {
  if (typeof error !== 'object' || error === null) return { code: undefined, errcode: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const errcode = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
  return { code, errcode };
}
