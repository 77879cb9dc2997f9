import { sql } from 'kysely';
import type { Db } from './db.ts';

/** What holds up a poll. */
export interface Pauses {
  /** Whether the switch has been set. */
  readonly isSet: boolean;
  /** Which of the runners are paused. */
  readonly runners: ReadonlySet<string>;
}

/** Looks at a switch in `meta` and at some runners in one statement. */
export async function readPauses(
  db: Db,
  input: { readonly key: string; readonly runners: readonly string[] },
): Promise<Pauses> {
  const rows = await db
    .selectFrom('meta')
    .select(['key as name', sql<number>`0`.as('is_runner')])
    .where('key', '=', input.key)
    .$if(input.runners.length > 0, (query) =>
      query.unionAll((eb) =>
        eb
          .selectFrom('runners')
          .select(['name', sql<number>`1`.as('is_runner')])
          .where('name', 'in', input.runners)
          .where('is_paused', '=', 1),
      ),
    )
    .execute();
  const runners = rows.filter((row) => row.is_runner === 1).map(({ name }) => name);
  return { isSet: runners.length < rows.length, runners: new Set(runners) };
}
