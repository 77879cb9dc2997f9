import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type Database, openDatabase } from './db.ts';

/** A fresh database in the server of `SORTIE_TEST_POSTGRES`, dropped again when it is closed. */
export async function openPostgres(): Promise<Database> {
  const server = process.env.SORTIE_TEST_POSTGRES;
  if (server === undefined || server === '') {
    throw new Error(
      'SORTIE_TEST_POSTGRES is not set; give it the address of a PostgreSQL server that may be written to, for example postgres://postgres@localhost:5432/postgres',
    );
  }
  const name = `sortie_test_${randomBytes(6).toString('hex')}`;
  await administer(server, `create database ${name}`);
  const address = new URL(server);
  address.pathname = `/${name}`;
  const database = await openDatabase({ driver: 'postgres', url: address.href, maxConnections: 10 });
  let isDropped = false;
  return {
    ...database,
    async close() {
      await database.close();
      if (isDropped) return;
      isDropped = true;
      await administer(server, `drop database ${name} with (force)`);
    },
  };
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
