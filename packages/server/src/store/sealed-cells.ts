import { sql } from 'kysely';
import type { Db } from './db.ts';

/** A column that holds sealed values. The names come from the program, never from a request. */
export interface SealedColumn {
  readonly table: 'secrets' | 'repos' | 'users' | 'identities' | 'idempotency' | 'meta' | 'runners';
  readonly column: string;
  /** The column that names a row: a number or a text. */
  readonly key: 'id' | 'key' | 'name';
  /** Other columns that say where the value belongs. */
  readonly facts: readonly string[];
}

/** One value with its row. */
export interface SealedCell {
  readonly row: number | string;
  readonly text: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The next values that are not empty, in the order of their rows; `after` is the last row of the page before. */
export async function listSealedCells(
  db: Db,
  { table, column, key, facts }: SealedColumn,
  page: { readonly after: number | string; readonly limit: number },
): Promise<readonly SealedCell[]> {
  const extra = facts.map((fact) => sql`, ${sql.ref(fact)}`);
  const { rows } = await sql<Record<string, unknown>>`
    select ${sql.ref(key)} as cell_row, ${sql.ref(column)} as cell_text ${sql.join(extra, sql``)}
    from ${sql.table(table)}
    where ${sql.ref(key)} > ${page.after} and ${sql.ref(column)} <> ''
    order by ${sql.ref(key)} limit ${page.limit}`.execute(db);
  return rows.map(({ cell_row: row, cell_text: text, ...rest }) => ({
    row: typeof row === 'number' ? row : String(row),
    text: String(text),
    facts: rest,
  }));
}

/** Replaces a value that is still the one that was read; false when somebody has changed it since. */
export async function replaceSealedCell(
  db: Db,
  { table, column, key }: SealedColumn,
  cell: Pick<SealedCell, 'row' | 'text'>,
  text: string,
): Promise<boolean> {
  const result = await sql`
    update ${sql.table(table)} set ${sql.ref(column)} = ${text}
    where ${sql.ref(key)} = ${cell.row} and ${sql.ref(column)} = ${cell.text}`.execute(db);
  return (result.numAffectedRows ?? 0n) > 0n;
}
