import type { Connection } from '@sortie/core/connection';
import type { Selectable } from 'kysely';
import type { Db } from './db.ts';
import type { Schema } from './schema.ts';

/** By its unique short name; `builtin` always exists. */
export async function findConnectionByName(db: Db, name: string): Promise<Connection | undefined> {
  const row = await db.selectFrom('connections').selectAll().where('name', '=', name).executeTakeFirst();
  return row && toConnection(row);
}

export async function findConnectionById(db: Db, id: number): Promise<Connection | undefined> {
  const row = await db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toConnection(row);
}

/** The connection with this name, made or brought in step with the settings. */
export async function ensureConnection(db: Db, wanted: Omit<Connection, 'id'>): Promise<Connection> {
  const { kind, name, url } = wanted;
  const row = await db
    .insertInto('connections')
    .values({ kind, name, url })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ kind, url }))
    .returningAll()
    .executeTakeFirstOrThrow();
  return toConnection(row);
}

/** All of them, oldest first. */
export async function listConnections(db: Db): Promise<readonly Connection[]> {
  const rows = await db.selectFrom('connections').selectAll().orderBy('id').execute();
  return rows.map(toConnection);
}

function toConnection(row: Selectable<Schema['connections']>): Connection {
  return { id: row.id, kind: row.kind, name: row.name, url: row.url };
}

/** How many active repositories each connection has. */
export async function countActiveRepos(db: Db): Promise<ReadonlyMap<number, number>> {
  const rows = await db
    .selectFrom('repos')
    .select((eb) => ['connection_id', eb.fn.countAll<number>().as('count')])
    .where('is_active', '=', 1)
    .groupBy('connection_id')
    .execute();
  return new Map(rows.map((row) => [row.connection_id, Number(row.count)]));
}
