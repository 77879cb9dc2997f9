import type { Database } from '@sortie/server/store/db';

/** Declares one case of the contract; the database is fresh and closed afterwards. */
export type StoreCase = (title: string, body: (database: Database) => Promise<void>) => void;
