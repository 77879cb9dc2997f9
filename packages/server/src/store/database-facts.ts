import { sql } from 'kysely';
import type { Db } from './db.ts';
import { LATEST_MIGRATION } from './migrate.ts';

/** What can be said of a database without changing it. */
export interface DatabaseFacts {
  /** The last migration that was applied; 0 for an empty database. */
  readonly migration: number;
  /** The last one that this release knows. */
  readonly latest: number;
  /** For example `SQLite 3.50.4`. */
  readonly product: string;
  /** Its own clock in milliseconds since 1970; absent where it has none of its own. */
  readonly clockMs?: number;
  /** When the newest build was made, in unix seconds; 0 without builds. */
  readonly newestBuild: number;
}

/** Throws what the database throws; an empty one is none of the errors. */
export async function readDatabaseFacts(db: Db, dialect: 'sqlite' | 'postgres'): Promise<DatabaseFacts> {
  const product = await readProduct(db, dialect);
  const latest = LATEST_MIGRATION;
  if (!(await hasMigrations(db, dialect))) return { ...product, latest, migration: 0, newestBuild: 0 };
  const row = await db
    .selectFrom('migrations')
    .select((eb) => eb.fn.max('number').as('number'))
    .executeTakeFirst();
  const newest = await db
    .selectFrom('builds')
    .select((eb) => eb.fn.max('created').as('created'))
    .executeTakeFirst();
  return {
    ...{ ...product, latest },
    migration: Number(row?.number ?? 0),
    newestBuild: Number(newest?.created ?? 0),
  };
}

async function hasMigrations(db: Db, dialect: 'sqlite' | 'postgres'): Promise<boolean> {
  const { rows } =
    dialect === 'sqlite'
      ? await sql`select 1 from sqlite_schema where name = 'migrations'`.execute(db)
      : await sql`select 1 from pg_tables where schemaname = current_schema() and tablename = 'migrations'`.execute(
          db,
        );
  return rows.length > 0;
}

async function readProduct(
  db: Db,
  dialect: 'sqlite' | 'postgres',
): Promise<Pick<DatabaseFacts, 'product' | 'clockMs'>> {
  if (dialect === 'sqlite') {
    const { rows } = await sql<{ version: string }>`select sqlite_version() as version`.execute(db);
    return { product: `SQLite ${rows[0]?.version ?? ''}` };
  }
  const { rows } = await sql<{ version: string; ms: unknown }>`
    select current_setting('server_version') as version,
      (extract(epoch from clock_timestamp()) * 1000)::bigint as ms`.execute(db);
  return { product: `PostgreSQL ${rows[0]?.version ?? ''}`, clockMs: Number(rows[0]?.ms ?? 0) };
}
