import { type Db, inTransaction, locksRows } from './db.ts';

/** In `meta`: the ids of the keys that values may be sealed with, between spaces. */
const NAME = 'seal-key-id';

/** Which keys this database is sealed with, so that a server without one of them does not start. */
export interface SealKeyNotes {
  list(): Promise<readonly string[]>;
  /** Adds a key, unless one is noted that is not among `known`. Returns what is noted then. */
  add(keyId: string, known: ReadonlySet<string>): Promise<readonly string[]>;
  /** Every value is sealed with this key by now. */
  keepOnly(keyId: string): Promise<void>;
}

export function createSealKeyNotes(db: Db): SealKeyNotes {
  return {
    list: () => read(db),
    add: (keyId, known) =>
      inTransaction(db, async (tx) => {
        // The row exists from here on, so that it can be locked: of two first servers the second waits.
        await tx
          .insertInto('meta')
          .values({ key: NAME, value: '' })
          .onConflict((conflict) => conflict.column('key').doNothing())
          .execute();
        const noted = await read(tx);
        if (noted.includes(keyId) || noted.some((id) => !known.has(id))) return noted;
        await write(tx, [...noted, keyId]);
        return [...noted, keyId];
      }),
    keepOnly: (keyId) => write(db, [keyId]),
  };
}

async function read(db: Db): Promise<readonly string[]> {
  const row = await db
    .selectFrom('meta')
    .select('value')
    .where('key', '=', NAME)
    .$if(locksRows(db) && db.isTransaction, (query) => query.forUpdate())
    .executeTakeFirst();
  return (row?.value ?? '').split(' ').filter((id) => id !== '');
}

async function write(db: Db, ids: readonly string[]): Promise<void> {
  await db
    .updateTable('meta')
    .set({ value: ids.join(' ') })
    .where('key', '=', NAME)
    .execute();
}
