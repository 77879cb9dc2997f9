import {
  type Dialect,
  PostgresAdapter,
  type PostgresCursor,
  PostgresDriver,
  PostgresIntrospector,
  type PostgresPool,
  type PostgresPoolClient,
  PostgresQueryCompiler,
  type PostgresQueryResult,
} from 'kysely';
import type { Pool } from 'pg';
import { isOutdatedPlan, mapDriverError } from './driver-errors.ts';
import { createPlanNames } from './kept-plan.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** Our statements take milliseconds; one that takes this long is stuck and must not hold its locks. */
const STATEMENT_TIMEOUT_MS = 30_000;
const INT8 = 20;

export interface PostgresOptions {
  readonly url: string;
  readonly maxConnections: number;
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  readonly onIdleError: (error: Error) => void;
}

/** A Kysely dialect over `pg`, which is loaded here so that SQLite servers never do. */
export async function createPostgresDialect(
  options: PostgresOptions,
): Promise<{ dialect: Dialect; close: () => Promise<void> }> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'sortie',
    types: {
      getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)),
    },
  });
  pool.on('error', options.onIdleError);
  return {
    dialect: {
      createDriver: () => new PostgresDriver({ pool: mapErrors(pool, options.onIdleError) }),
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (db) => new PostgresIntrospector(db),
    },
    close: async () => {
      if (!pool.ended) await pool.end();
    },
  };
}

function mapErrors(pool: Pool, onError: (error: Error) => void): PostgresPool {
  const nameOf = createPlanNames();
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect(): Promise<PostgresPoolClient> {
      const client = await guarded(pool.connect());
      // Between two statements of a transaction nobody else would hear that the connection broke, and an
      // `error` event without a listener ends the process.
      client.on('error', onError);
      let isOutdated = false;
      function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
      function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
      function query(text: string | PostgresCursor<unknown>, parameters?: readonly unknown[]): unknown {
        if (typeof text !== 'string') throw new TypeError('cursors are not used');
        const name = nameOf(text);
        const values = [...(parameters ?? [])];
        if (name === undefined) return guarded(client.query(text, values));
        const answer = client.query({ name, text, values }).catch((error: unknown) => {
          isOutdated ||= isOutdatedPlan(error);
          throw error;
        });
        return guarded(answer);
      }
      return {
        query,
        release(isBroken) {
          client.off('error', onError);
          // A newer server has changed the tables: the connection would keep the plan that does not fit them.
          client.release(isBroken === true || isOutdated);
        },
      };
    },
  };
}

async function guarded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw mapDriverError(error);
  }
}
