import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely';
import { mapDriverError } from './driver-errors.ts';

/** Statements kept ready; lists with many different lengths must not let the cache grow. */
const STATEMENT_CACHE = 300;
/**
 * How long a statement waits for another process that writes; this one never waits for itself. The whole server
 * waits with it, and whoever is told that the database does not answer tries again.
 */
const BUSY_TIMEOUT_MS = 1_000;

/** A Kysely dialect over Node's own SQLite, with one connection and `BEGIN IMMEDIATE`. */
export function createSqliteDialect(
  path: string,
  { isReadOnly = false }: { readonly isReadOnly?: boolean } = {},
): { dialect: Dialect; close: () => void } {
  const database = openFile(path, isReadOnly);
  const adapted = adaptDatabase(database);
  return {
    dialect: {
      createDriver: () => new ImmediateSqliteDriver(adapted, () => database.isTransaction),
      createAdapter: () => new QueueingSqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (db) => new SqliteIntrospector(db),
    },
    close: () => {
      if (database.isOpen) database.close();
    },
  };
}

/**
 * The driver below lets one in after the other. Kysely's own lock wakes everybody who waits for each turn, and whoever
 * comes first then goes first: with 50 runners that ask at once some of them waited for seconds.
 */
class QueueingSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): true {
    return true;
  }
}

/** Takes the write lock at the start: a transaction that reads first could otherwise fail at its first write. */
class ImmediateSqliteDriver extends SqliteDriver {
  readonly #isInTransaction: () => boolean;
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  constructor(database: SqliteDatabase, isInTransaction: () => boolean) {
    super({ database });
    this.#isInTransaction = isInTransaction;
  }

  /** In the order in which they asked. */
  override async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** A full disk makes SQLite roll back by itself; doing it again would fail and hide the reason. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#isInTransaction()) await super.rollbackTransaction(connection);
  }
}

function openFile(path: string, isReadOnly: boolean): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    // The mode of the journal is written into the file, which may be that of another program.
    const writing = 'pragma journal_mode = wal; pragma synchronous = normal;';
    database.exec(isReadOnly ? 'pragma query_only = on;' : writing);
    return database;
  } catch (error) {
    throw mapDriverError(error);
  }
}

function adaptDatabase(database: DatabaseSync): SqliteDatabase {
  const cache = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(text) {
      const known = cache.get(text);
      cache.delete(text);
      const statement = known ?? guarded(() => adaptStatement(database.prepare(text)));
      cache.set(text, statement);
      if (cache.size > STATEMENT_CACHE) {
        const oldest = cache.keys().next();
        if (!oldest.done) cache.delete(oldest.value);
      }
      return statement;
    },
  };
}

/**
 * Rows come from the driver as arrays and become objects here: the driver's own objects are dictionaries, and to read
 * the columns of a page of builds from those takes eight times as long (45 against 6 µs).
 */
function adaptStatement(statement: StatementSync): SqliteStatement {
  let names = columnNames(statement);
  statement.setReturnArrays(true);
  const toRow = (values: readonly unknown[]): unknown => {
    // After a change of the tables `*` may mean other columns.
    if (values.length !== names.length) names = columnNames(statement);
    const row: Record<string, unknown> = {};
    for (let at = 0; at < names.length; at += 1) row[names[at] ?? ''] = values[at];
    return row;
  };
  return {
    reader: names.length > 0,
    all: (parameters) =>
      guarded(() =>
        statement
          .all(...parameters.map(toInput))
          .map(asArray)
          .map(toRow),
      ),
    run: (parameters) => guarded(() => statement.run(...parameters.map(toInput))),
    iterate: (parameters) =>
      guarded(() =>
        statement
          .iterate(...parameters.map(toInput))
          .map(asArray)
          .map(toRow),
      ),
  };
}

function columnNames(statement: StatementSync): readonly string[] {
  return statement.columns().map(({ name }) => name);
}

/** The driver's types know rows as objects only. */
function asArray(row: unknown): readonly unknown[] {
  return row as readonly unknown[];
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw mapDriverError(error);
  }
}

function toInput(value: unknown): string | number | bigint | null | Uint8Array {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    return value;
  }
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`SQLite cannot store a value of type ${typeof value}`);
}
