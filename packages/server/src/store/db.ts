import { Kysely, PostgresAdapter, type Transaction } from 'kysely';
import { isRetryable } from './driver-errors.ts';
import { migrate } from './migrate.ts';
import { createPostgresDialect } from './postgres.ts';
import type { Schema } from './schema.ts';
import { createSqliteDialect } from './sqlite.ts';

export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;
export type DatabaseDriver = 'sqlite' | 'postgres';

/** `path` may be `:memory:`. */
export type DatabaseOptions = (
  | { readonly driver: 'sqlite'; readonly path: string }
  | { readonly driver: 'postgres'; readonly url: string; readonly maxConnections: number }
) & {
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  readonly onIdleError?: (error: Error) => void;
  /** Leaves the tables as they are, for whoever only looks; SQLite then refuses to write at all. */
  readonly skipsMigration?: boolean;
};

export interface Database {
  readonly db: Db;
  readonly dialect: DatabaseDriver;
  /** Every later use fails with `database-unavailable`. May be called twice. */
  close(): Promise<void>;
}

/** How often a transaction that lost against others is run at all; each loss means that another one won. */
const MAX_TRIES = 8;

/**
 * Opens the database and brings its tables up to date. Throws `database-newer` when a newer Sortie wrote it,
 * `database-unavailable` when it cannot be opened.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { dialect, close } =
    options.driver === 'sqlite'
      ? createSqliteDialect(options.path, { isReadOnly: options.skipsMigration === true })
      : await createPostgresDialect({ ...options, onIdleError: options.onIdleError ?? (() => undefined) });
  const db: Db = new Kysely<Schema>({ dialect });
  const database: Database = { db, dialect: options.driver, close: async () => close() };
  try {
    if (options.skipsMigration !== true) await migrate(db, options.driver);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/**
 * Runs `work` in one short write transaction. PostgreSQL may ask for a repetition, so `work` has no effects
 * beside the database. Only `tx` may be used inside: on SQLite the outer handle waits for this very transaction.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (tries >= MAX_TRIES || !isRetryable(error)) throw error;
    }
  }
}

/** True on PostgreSQL, where rows need locks of their own; SQLite has one writer at a time. */
export function locksRows(db: Db): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
