import {
  chownRepo as chownRepoRoute,
  disableRepo as disableRepoRoute,
  enableRepo as enableRepoRoute,
  getRepo,
  listAllRepos,
  repairRepo as repairRepoRoute,
  toWireRepo,
} from '@sortie/contract/repos';
import type { Repo } from '@sortie/core/repo';
import { chownRepo } from '../services/chown-repo.ts';
import { type DisableRepoDeps, disableRepo } from '../services/disable-repo.ts';
import { type EnableRepoDeps, enableRepo } from '../services/enable-repo.ts';
import { type RemoveRepoDeps, removeRepo } from '../services/remove-repo.ts';
import { repairRepo } from '../services/repair-repo.ts';
import { type RepoHealthDeps, repoHealth } from '../services/repo-health.ts';
import { listReposBySlug } from '../store/repos.ts';
import { type Mount, repoOf, userOf } from './mount.ts';
import { linkPages, readPage } from './paging.ts';
import { toWireHealth } from './repo-health.ts';

export type RepoRouteDeps = EnableRepoDeps & DisableRepoDeps & RemoveRepoDeps & RepoHealthDeps;

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

  const withHealth = async (repo: Repo) =>
    toWireRepo(repo, { health: toWireHealth(await repoHealth(deps, repo, { isFresh: false })) });

  mount(enableRepoRoute, async (call) =>
    withHealth(await enableRepo(deps, { repo: repoOf(call), user: userOf(call) })),
  );

  mount(disableRepoRoute, async (call) => {
    const input = { repo: repoOf(call), user: userOf(call) };
    if (call.query.remove === 'true') return toWireRepo(await removeRepo(deps, input));
    const { repo, isHookRemoved } = await disableRepo(deps, input);
    return isHookRemoved ? toWireRepo(repo) : withHealth(repo);
  });

  mount(chownRepoRoute, async (call) => {
    const input = { repo: repoOf(call), user: userOf(call) };
    return toWireRepo(await chownRepo(deps, input));
  });

  mount(repairRepoRoute, async (call) =>
    withHealth(await repairRepo(deps, repoOf(call), { rotates: call.query.rotate === 'true' })),
  );
}
