import { type Selectable, sql } from 'kysely';
import { toFlag } from './columns.ts';
import type { Db } from './db.ts';
import type { LogsTable } from './tables-builds.ts';

/** What the database knows of a step's log; the bytes are in the log store under `fileKey`. */
export interface LogRecord {
  readonly stepId: number;
  readonly fileKey: string;
  /** Bytes and lines, exact once the log is closed. */
  readonly size: number;
  readonly lines: number;
  readonly isClosed: boolean;
  /** Bytes that a limit cut out. */
  readonly omitted: number;
}

/** The log of a step begins; a repeat has no effect. */
export async function insertLog(db: Db, log: { stepId: number; fileKey: string }): Promise<void> {
  await db
    .insertInto('logs')
    .values({ step_id: log.stepId, file_key: log.fileKey })
    .onConflict((conflict) => conflict.column('step_id').doNothing())
    .execute();
}

export async function findLog(db: Db, stepId: number): Promise<LogRecord | undefined> {
  const row = await db.selectFrom('logs').selectAll().where('step_id', '=', stepId).executeTakeFirst();
  return row && toLog(row);
}

/** Writes or replaces the whole record. */
export async function upsertLog(db: Db, log: LogRecord): Promise<void> {
  const columns = {
    file_key: log.fileKey,
    size: log.size,
    lines: log.lines,
    is_closed: toFlag(log.isClosed),
    omitted: log.omitted,
  };
  await db
    .insertInto('logs')
    .values({ step_id: log.stepId, ...columns })
    .onConflict((conflict) => conflict.column('step_id').doUpdateSet(columns))
    .execute();
}

export interface OrphanedLog extends Pick<LogRecord, 'stepId' | 'fileKey'> {
  /** Error of the step. */
  readonly error: string;
}

/** Open logs of steps that have ended while no runner holds their stage: nobody will close them. */
export async function listOrphanedLogs(db: Db, limit: number): Promise<readonly OrphanedLog[]> {
  const rows = await db
    .selectFrom('logs')
    .innerJoin('steps', 'steps.id', 'logs.step_id')
    .innerJoin('stages', 'stages.id', 'steps.stage_id')
    .select(['logs.step_id', 'logs.file_key', 'steps.error'])
    .where(sql<boolean>`logs.is_closed = 0`)
    .where('steps.status', 'not in', ['pending', 'running'])
    .where((eb) =>
      eb.or([eb('stages.lease_runner', '=', ''), eb('steps.attempt', '<', eb.ref('stages.attempt'))]),
    )
    .orderBy('logs.step_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ stepId: row.step_id, fileKey: row.file_key, error: row.error }));
}

function toLog(row: Selectable<LogsTable>): LogRecord {
  return {
    stepId: row.step_id,
    fileKey: row.file_key,
    size: row.size,
    lines: row.lines,
    isClosed: row.is_closed === 1,
    omitted: row.omitted,
  };
}
