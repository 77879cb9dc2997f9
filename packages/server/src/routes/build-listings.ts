import {
  deleteBranchEntry,
  deleteDeploymentEntry,
  deletePullEntry,
  listBranchBuilds,
  listDeploymentBuilds,
  listPullBuilds,
  listRecentBuilds as listRecentBuildsRoute,
  listUserBuilds,
  RECENT_BUILDS,
} from '@sortie/contract/build-listings';
import { toWireBuild, type WireBuild } from '@sortie/contract/builds';
import { toWireRepo, type WireRepo } from '@sortie/contract/repos';
import type { Repo } from '@sortie/core/repo';
import type { Admission } from '../auth/admit.ts';
import { restrictionOf } from '../auth/token-limits.ts';
import { type IndexKind, listIndexedBuilds, removeIndexEntry } from '../store/branch-index.ts';
import { listRecentBuilds } from '../store/build-feeds.ts';
import type { Db } from '../store/db.ts';
import { type Mount, repoOf, userOf } from './mount.ts';

export function mountBuildListingRoutes(mount: Mount, { db }: { readonly db: Db }): void {
  const list = async (repo: Repo, kind: IndexKind): Promise<WireBuild[]> => {
    const builds = await listIndexedBuilds(db, repo.id, kind);
    return builds.map((build) => toWireBuild(build));
  };
  // Drone answers 204 for unknown keys as well.
  const remove = async (repo: Repo, kind: IndexKind, key: string): Promise<undefined> => {
    await removeIndexEntry(db, { repoId: repo.id, kind, key });
  };
  const recent = async (call: { readonly admission: Admission }): Promise<WireRepo[]> => {
    const repoIds = restrictionOf(call.admission.caller);
    const found = await listRecentBuilds(db, userOf(call).id, { limit: RECENT_BUILDS, repoIds });
    return found.map(({ repo, build }) => toWireRepo(repo, { build: toWireBuild(build) }));
  };
  mount(listBranchBuilds, (call) => list(repoOf(call), 'branch'));
  mount(listPullBuilds, (call) => list(repoOf(call), 'pull'));
  mount(listDeploymentBuilds, (call) => list(repoOf(call), 'deployment'));
  mount(deleteBranchEntry, (call) => remove(repoOf(call), 'branch', call.params['*']));
  mount(deletePullEntry, (call) => remove(repoOf(call), 'pull', toPullKey(call.params.pull)));
  mount(deleteDeploymentEntry, (call) => remove(repoOf(call), 'deployment', call.params['*']));
  mount(listUserBuilds, recent);
  mount(listRecentBuildsRoute, recent);
}

/** As it is written into the listing; whatever is no number is 0, which no pull request has. */
function toPullKey(text: string): string {
  return /^\d{1,15}$/.test(text) ? String(Number(text)) : '0';
}
