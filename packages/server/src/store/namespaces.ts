import { sql } from 'kysely';
import type { Db } from './db.ts';

/** True when repositories of another connection are in a namespace of this name, whatever its case. */
export async function isNamespaceElsewhere(
  db: Db,
  connectionId: number,
  namespace: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('repos')
    .select('id')
    .where(sql`lower(namespace)`, '=', namespace.toLowerCase())
    .where('connection_id', '<>', connectionId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
