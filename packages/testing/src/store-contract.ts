import { describe, test } from 'node:test';
import type { Database } from '@sortie/server/store/db';
import { migrate } from '@sortie/server/store/migrate';
import { rejectsWith } from './rejects-with.ts';
import { acceptingTogether } from './store-contract-acceptances.ts';
import { keepingAccess } from './store-contract-access.ts';
import { keepingAccounts } from './store-contract-accounts.ts';
import { keepingBuilds } from './store-contract-builds.ts';
import { keepingCards } from './store-contract-cards.ts';
import { keepingClones } from './store-contract-clone.ts';
import { keepingCrons } from './store-contract-crons.ts';
import { keepingDeliveries } from './store-contract-deliveries.ts';
import { keepingFeeds } from './store-contract-feeds.ts';
import { keepingHealth } from './store-contract-health.ts';
import { keepingKeys } from './store-contract-idempotency.ts';
import { keepingIdentity } from './store-contract-identity.ts';
import { keepingLegacyFeeds } from './store-contract-legacy.ts';
import { keepingQueue } from './store-contract-queue.ts';
import { keepingRecords } from './store-contract-records.ts';
import { keepingRemovals } from './store-contract-removal.ts';
import { keepingReports } from './store-contract-reports.ts';
import { keepingRepos } from './store-contract-repos.ts';
import { keepingRpc } from './store-contract-rpc.ts';
import { keepingRunnerLeases } from './store-contract-runner-leases.ts';
import { keepingRunnerRoom } from './store-contract-runner-room.ts';
import { keepingSecrets } from './store-contract-secrets.ts';
import { keepingSignIns } from './store-contract-sign-in.ts';
import { keepingTemplates } from './store-contract-templates.ts';

/** What every database must do. `open` gives a fresh, empty one each time. */
export function storeContract(name: string, open: () => Promise<Database>): void {
  describe(`store on ${name}`, { concurrency: 1 }, () => {
    function it(title: string, body: (database: Database) => Promise<void>): void {
      test(title, async () => {
        const database = await open();
        try {
          await body(database);
        } finally {
          await database.close();
        }
      });
    }
    it('a database of a newer release is refused', async ({ db, dialect }) => {
      await db.insertInto('migrations').values({ number: 999, name: 'future', applied: 1 }).execute();
      await rejectsWith('database-newer', migrate(db, dialect));
    });
    keepingAccess(it);
    keepingAccounts(it);
    keepingBuilds(it);
    keepingFeeds(it);
    keepingRemovals(it);
    keepingHealth(it);
    keepingKeys(it);
    keepingCards(it);
    keepingClones(it);
    keepingCrons(it);
    keepingDeliveries(it);
    keepingIdentity(it);
    keepingLegacyFeeds(it);
    keepingQueue(it);
    keepingRecords(it);
    keepingReports(it);
    keepingRepos(it);
    keepingRpc(it);
    acceptingTogether(it);
    keepingRunnerLeases(it);
    keepingRunnerRoom(it);
    keepingSecrets(it);
    keepingSignIns(it);
    keepingTemplates(it);
  });
}
