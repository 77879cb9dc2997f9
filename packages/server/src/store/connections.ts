import type { Connection } from '@sortie/core/connection';
import type { Selectable } from 'kysely';
import type { Db } from './db.ts';
import type { Schema } from './schema.ts';

/** By its unique short name; `builtin` always exists. */
export async function findConnectionByName(db: Db, name: string): Promise<Connection | undefined> {
  const row = await db.selectFrom('connections').selectAll().where('name', '=', name).executeTakeFirst();
  return row && toConnection(row);
}

function toConnection(row: Selectable<Schema['connections']>): Connection {
  return { id: row.id, kind: row.kind, name: row.name, url: row.url };
}
