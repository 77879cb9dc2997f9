import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config-build.ts';
import { KEY_FILE, openSealer } from '../seal/open-sealer.ts';
import type { Sealer } from '../seal/sealer.ts';
import { type DatabaseFacts, readDatabaseFacts } from '../store/database-facts.ts';
import { type Database, openDatabase } from '../store/db.ts';
import { createSealKeyNotes } from '../store/seal-keys.ts';
import { type Diagnosis, fail, failed, ok, warn } from './diagnosis.ts';

/** The database, when it can be read, and what is to be said of it. */
export interface DatabaseReport {
  /** Only when its tables are those of this release. To be closed by the caller. */
  readonly database?: Database;
  readonly facts?: DatabaseFacts;
  readonly diagnoses: readonly Diagnosis[];
}

/** Opens the database without changing its tables, also beside a running server. */
export async function checkDatabase({ database }: Pick<Config, 'database'>): Promise<DatabaseReport> {
  if (database.driver === 'sqlite' && !existsSync(database.path)) {
    const message = `The database ${database.path} is not there yet; the first start makes it.`;
    return { diagnoses: [warn('database', message)] };
  }
  let opened: Database | undefined;
  try {
    opened = await openDatabase({ ...database, skipsMigration: true });
    const facts = await readDatabaseFacts(opened.db, opened.dialect);
    const diagnosis = judge(facts);
    if (facts.migration === facts.latest) return { database: opened, facts, diagnoses: [diagnosis] };
    await opened.close();
    return { facts, diagnoses: [diagnosis] };
  } catch (error) {
    await opened?.close();
    return { diagnoses: [failed('database', error)] };
  }
}

function judge({ product, migration, latest }: DatabaseFacts): Diagnosis {
  if (migration > latest) {
    return fail(
      'database',
      `The database has version ${migration}, this Sortie knows ${latest}.`,
      'Use the newer Sortie, or restore the backup that was made before the upgrade.',
    );
  }
  if (migration < latest) {
    const state = migration === 0 ? 'is empty' : `has version ${migration} of ${latest}`;
    return warn('database', `The database (${product}) ${state}; the next start brings it up to date.`);
  }
  return ok('database', `The database (${product}) opens and is up to date.`);
}

/** The key of what the database keeps encrypted; nothing is made or noted. */
export async function checkKey(
  config: Pick<Config, 'dataFolder' | 'seal'>,
  { db }: Database,
): Promise<{ readonly sealer?: Sealer; readonly diagnosis: Diagnosis }> {
  const notes = createSealKeyNotes(db);
  try {
    const noted = await notes.list();
    const hasKey = config.seal.secret !== '' || existsSync(join(config.dataFolder, KEY_FILE));
    if (!hasKey && noted.length === 0)
      return { diagnosis: warn('key', 'There is no key yet; the first start makes one.') };
    if (!hasKey) {
      const hint = `Restore ${KEY_FILE} in the data folder, or give the key in DRONE_DATABASE_SECRET.`;
      return {
        diagnosis: fail('key', 'The key of what the database keeps encrypted is missing.', hint),
      };
    }
    const looking = { ...notes, add: () => notes.list() };
    const sealer = await openSealer({ ...config.seal, dataFolder: config.dataFolder, notes: looking });
    return { sealer, diagnosis: ok('key', 'What the database keeps encrypted can be read.') };
  } catch (error) {
    return { diagnosis: failed('key', error) };
  }
}
