import type { CronJob } from '@sortie/core/cron-job';
import { type Selectable, sql } from 'kysely';
import { toFlag } from './columns.ts';
import type { Db } from './db.ts';
import type { CronsTable } from './tables-repos.ts';

export type NewCron = Omit<CronJob, 'id' | 'version'>;
export type CronPatch = Partial<Pick<CronJob, 'expr' | 'next' | 'branch' | 'target' | 'isDisabled'>> &
  Pick<CronJob, 'updated'>;

/** By name. */
export async function listCrons(db: Db, repoId: number): Promise<readonly CronJob[]> {
  const rows = await db
    .selectFrom('crons')
    .selectAll()
    .where('repo_id', '=', repoId)
    .orderBy('name')
    .execute();
  return rows.map(toCron);
}

export async function findCron(db: Db, repoId: number, name: string): Promise<CronJob | undefined> {
  const row = await db
    .selectFrom('crons')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row && toCron(row);
}

/** Fails with a duplicate key (`isDuplicateKey`) when the repository has a job of this name. */
export async function insertCron(db: Db, cron: NewCron): Promise<CronJob> {
  const { repoId, isDisabled, ...columns } = cron;
  return toCron(
    await db
      .insertInto('crons')
      .values({ ...columns, repo_id: repoId, is_disabled: toFlag(isDisabled) })
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
}

/** The job after the change, with its version counted up; `undefined` when it is gone. */
export async function updateCron(db: Db, id: number, patch: CronPatch): Promise<CronJob | undefined> {
  const { isDisabled, ...columns } = patch;
  const row = await db
    .updateTable('crons')
    .set({ ...columns, is_disabled: toFlag(isDisabled), version: sql`version + 1` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  return row && toCron(row);
}

/** False when there is none. */
export async function removeCron(db: Db, id: number): Promise<boolean> {
  const result = await db.deleteFrom('crons').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Enabled jobs that are due at `now`, the longest due first. */
export async function listDueCrons(
  db: Db,
  now: number,
  options: { readonly limit: number },
): Promise<readonly CronJob[]> {
  const rows = await db
    .selectFrom('crons')
    .selectAll()
    .where('is_disabled', '=', 0)
    .where('next', '>', 0)
    .where('next', '<=', now)
    .orderBy('next')
    .orderBy('id')
    .limit(options.limit)
    .execute();
  return rows.map(toCron);
}

/** When the next enabled job is due; `undefined` when there is none. */
export async function findNextDue(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom('crons')
    .select('next')
    .where('is_disabled', '=', 0)
    .where('next', '>', 0)
    .orderBy('next')
    .limit(1)
    .executeTakeFirst();
  return row?.next;
}

/**
 * Takes the slot that a due job was seen with, and plans its next one: of several servers that try, exactly one gets
 * the job. `undefined` when another one was faster, or the job has been changed, disabled or removed meanwhile.
 */
export async function claimDue(db: Db, seen: CronJob, next: number): Promise<CronJob | undefined> {
  const row = await db
    .updateTable('crons')
    .set({ prev: seen.next, next, version: sql`version + 1` })
    .where('id', '=', seen.id)
    .where('version', '=', seen.version)
    .where('is_disabled', '=', 0)
    .returningAll()
    .executeTakeFirst();
  return row && toCron(row);
}

function toCron(row: Selectable<CronsTable>): CronJob {
  const { repo_id: repoId, is_disabled, ...columns } = row;
  return { ...columns, repoId, isDisabled: is_disabled !== 0 };
}
