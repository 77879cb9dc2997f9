import { listDeliveries as listDeliveriesRoute, toWireDelivery } from '@sortie/contract/deliveries';
import {
  chownRepo,
  disableRepo as disableRepoRoute,
  enableRepo as enableRepoRoute,
  getRepo,
  listAllRepos,
  repairRepo as repairRepoRoute,
  toWireRepo,
} from '@sortie/contract/repos';
import { changeRepo } from '../services/change-repo.ts';
import { type DisableRepoDeps, disableRepo } from '../services/disable-repo.ts';
import { type EnableRepoDeps, enableRepo } from '../services/enable-repo.ts';
import { type RemoveRepoDeps, removeRepo } from '../services/remove-repo.ts';
import { repairRepo } from '../services/repair-repo.ts';
import { listDeliveries } from '../store/deliveries.ts';
import { listReposBySlug } from '../store/repos.ts';
import { type Mount, repoOf, userOf } from './mount.ts';
import { linkPages, readPage } from './paging.ts';

export type RepoRouteDeps = EnableRepoDeps & DisableRepoDeps & RemoveRepoDeps;

/** The Node client asks for 10000 at once (api-v1.md 1.8, ledger 3). */
const REPO_PAGES = { defaultSize: 25, maxSize: 10_000, tooLarge: 'max' } as const;

export function mountRepoRoutes(mount: Mount, deps: RepoRouteDeps): void {
  const { db } = deps;

  mount(listAllRepos, async (call) => {
    const page = readPage(call.query, REPO_PAGES);
    const repos = await listReposBySlug(db, page);
    linkPages(call, page, repos.length);
    return repos.map((repo) => toWireRepo(repo));
  });

  mount(getRepo, (call) => toWireRepo(repoOf(call), { permission: call.admission.permission }));

  mount(enableRepoRoute, async (call) =>
    toWireRepo(await enableRepo(deps, { repo: repoOf(call), user: userOf(call) })),
  );

  mount(disableRepoRoute, async (call) => {
    const input = { repo: repoOf(call), user: userOf(call) };
    const repo =
      call.query.remove === 'true' ? await removeRepo(deps, input) : await disableRepo(deps, input);
    return toWireRepo(repo);
  });

  mount(chownRepo, async (call) => {
    const patch = { userId: userOf(call).id };
    return toWireRepo(await changeRepo(deps, { repo: repoOf(call), patch }));
  });

  mount(repairRepoRoute, async (call) => toWireRepo(await repairRepo(deps, repoOf(call))));

  mount(listDeliveriesRoute, async (call) => {
    const deliveries = await listDeliveries(db, repoOf(call).id);
    return deliveries.map(toWireDelivery);
  });
}
