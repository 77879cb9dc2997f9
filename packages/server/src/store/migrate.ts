import { AppError } from '@sortie/core/errors';
import { type Kysely, sql, type Transaction } from 'kysely';
import { initial } from './migrations/001-initial.ts';
import { templates } from './migrations/002-templates.ts';
import { api } from './migrations/003-api.ts';
import { rpc } from './migrations/004-rpc.ts';
import { gitServices } from './migrations/005-git-services.ts';
import type { Schema } from './schema.ts';

export type MigrationDialect = 'sqlite' | 'postgres';

/** A numbered change of the tables; numbers are dense and a released migration never changes. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** The statements for one dialect, in order. */
  statements(dialect: MigrationDialect): readonly string[];
}

const MIGRATIONS: readonly Migration[] = [initial, templates, api, rpc, gitServices];
/** The tables as this release knows them. */
export const LATEST_MIGRATION = gitServices.number;
/** Any constant will do: servers that start together take turns on it. */
const MIGRATION_LOCK = 7_319_001;

const CREATE_MIGRATIONS =
  'create table if not exists migrations (number integer primary key, name text not null, applied bigint not null)';

/** Applies what is missing, in one transaction. Throws `database-newer` for a database from the future. */
export async function migrate(
  db: Kysely<Schema>,
  dialect: MigrationDialect,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (dialect === 'postgres') await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(tx);
    await sql.raw(CREATE_MIGRATIONS).execute(tx);
    const current = await readVersion(tx);
    refuseNewer(current, migrations.at(-1)?.number ?? 0);
    for (const migration of migrations) {
      if (migration.number > current) await apply(tx, dialect, migration);
    }
  });
}

async function readVersion(tx: Transaction<Schema>): Promise<number> {
  const row = await tx
    .selectFrom('migrations')
    .select('number')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.number ?? 0;
}

function refuseNewer(current: number, known: number): void {
  if (current <= known) return;
  throw new AppError('database-newer', `The database has version ${current}, this Sortie knows ${known}.`, {
    hint: 'Start the newer Sortie again, or restore the backup that was made before the upgrade.',
  });
}

async function apply(
  tx: Transaction<Schema>,
  dialect: MigrationDialect,
  migration: Migration,
): Promise<void> {
  for (const statement of migration.statements(dialect)) await sql.raw(statement).execute(tx);
  const now =
    dialect === 'postgres'
      ? sql<number>`extract(epoch from now())::bigint`
      : sql<number>`cast(strftime('%s', 'now') as integer)`;
  const { number, name } = migration;
  await tx.insertInto('migrations').values({ number, name, applied: now }).execute();
}
