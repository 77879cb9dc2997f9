import { listDeliveries as listDeliveriesRoute, toWireDelivery } from '@sortie/contract/deliveries';
import { getRepo, listAllRepos, toWireRepo } from '@sortie/contract/repos';
import type { Db } from '../store/db.ts';
import { listDeliveries } from '../store/deliveries.ts';
import { listReposBySlug } from '../store/repos.ts';
import { type Mount, repoOf } from './mount.ts';
import { readPage } from './paging.ts';

/** The Node client asks for 10000 at once (api-v1.md 1.8, ledger 3). */
const REPO_PAGES = { defaultSize: 25, maxSize: 10_000, tooLarge: 'max' } as const;

export function mountRepoRoutes(mount: Mount, { db }: { readonly db: Db }): void {
  mount(listAllRepos, async ({ query }) => {
    const repos = await listReposBySlug(db, readPage(query, REPO_PAGES));
    return repos.map((repo) => toWireRepo(repo));
  });

  mount(getRepo, (call) => toWireRepo(repoOf(call), { permission: call.admission.permission }));

  mount(listDeliveriesRoute, async (call) => {
    const deliveries = await listDeliveries(db, repoOf(call).id);
    return deliveries.map(toWireDelivery);
  });
}
