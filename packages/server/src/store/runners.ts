import type { RunnerIdentity } from '@sortie/core/runner';
import type { Selectable } from 'kysely';
import { parseStringMap, parseStrings, toFlag, toJson } from './columns.ts';
import type { Db } from './db.ts';
import type { RunnersTable } from './schema.ts';
import { toLabelText } from './stage-rows.ts';

/** A runner that has asked for work at least once. Times are unix seconds. */
export interface RegisteredRunner extends RunnerIdentity {
  readonly lastContact: number;
  /** A paused runner is handed nothing; what it runs goes on. */
  readonly isPaused: boolean;
  readonly created: number;
}

/** Notes what a runner says about itself and that it was here. A pause stays. */
export async function upsertRunner(db: Db, runner: RunnerIdentity, now: number): Promise<RegisteredRunner> {
  const columns = {
    types: toJson(runner.types),
    os: runner.platform.os,
    arch: runner.platform.arch,
    variant: runner.platform.variant,
    os_version: runner.platform.version,
    labels: toLabelText(runner.labels),
    capacity: runner.capacity,
    version: runner.version,
    last_contact: now,
  };
  return toRunner(
    await db
      .insertInto('runners')
      .values({ name: runner.name, created: now, ...columns })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(columns))
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
}

/** Notes that a runner was here. */
export async function touchRunner(db: Db, name: string, now: number): Promise<void> {
  await db.updateTable('runners').set({ last_contact: now }).where('name', '=', name).execute();
}

/** By name. */
export async function listRunners(db: Db): Promise<readonly RegisteredRunner[]> {
  return (await db.selectFrom('runners').selectAll().orderBy('name').execute()).map(toRunner);
}

export async function findRunner(db: Db, name: string): Promise<RegisteredRunner | undefined> {
  const row = await db.selectFrom('runners').selectAll().where('name', '=', name).executeTakeFirst();
  return row && toRunner(row);
}

/** False when there is no such runner. */
export async function pauseRunner(db: Db, name: string, isPaused: boolean): Promise<boolean> {
  const result = await db
    .updateTable('runners')
    .set({ is_paused: toFlag(isPaused) })
    .where('name', '=', name)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

function toRunner(row: Selectable<RunnersTable>): RegisteredRunner {
  return {
    name: row.name,
    types: parseStrings(row.types),
    platform: { os: row.os, arch: row.arch, variant: row.variant, version: row.os_version },
    labels: parseStringMap(row.labels),
    capacity: row.capacity,
    version: row.version,
    lastContact: row.last_contact,
    isPaused: row.is_paused === 1,
    created: row.created,
  };
}
