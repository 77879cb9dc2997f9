import { type RawBuilder, sql } from 'kysely';
import { type Db, locksRows } from './db.ts';

type Column = 'bigint' | 'text';
type Value<Type extends Column> = Type extends 'bigint' ? number : string;

/**
 * A query that gives these rows, to be joined or inserted: one parameter however many there are, so that the statement
 * stays the same and is prepared once.
 */
export function givenRows<Columns extends Readonly<Record<string, Column>>>(
  db: Db,
  columns: Columns,
  rows: readonly { readonly [Name in keyof Columns]: Value<Columns[Name]> }[],
): RawBuilder<unknown> {
  const json = JSON.stringify(rows);
  const names = Object.keys(columns);
  if (!locksRows(db)) {
    const values = names.map((name) => sql`value ->> ${sql.lit(name)} as ${sql.ref(name)}`);
    return sql`select ${sql.join(values)} from json_each(${json})`;
  }
  const types = Object.entries(columns).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`);
  return sql`select * from jsonb_to_recordset(${json}::jsonb) as given (${sql.join(types)})`;
}
