import {
  cancelBuild as cancelBuildRoute,
  getBuild,
  getBuildConfig,
  getLatestBuild,
  listBuilds as listBuildsRoute,
} from '@sortie/contract/build-routes';
import { toWireBuild } from '@sortie/contract/builds';
import { toWireFinding } from '@sortie/contract/findings';
import { type CancelBuildDeps, cancelBuild } from '../services/cancel-build.ts';
import { findLatestBuild, listBuilds } from '../store/builds.ts';
import { requireBuild, viewBuildFor } from './build-view.ts';
import { type AwaitBuildDeps, createAwaitBuild, readWish } from './long-poll.ts';
import { type Mount, notFound, repoOf } from './mount.ts';
import { linkPages, readPage } from './paging.ts';

/** Above 100 it is 25 again: clients page until a short page comes (api-v1.md 1.8, ledger 2). */
const BUILD_PAGES = { defaultSize: 25, maxSize: 100, tooLarge: 'default' } as const;

export type BuildRouteDeps = CancelBuildDeps & AwaitBuildDeps;

export function mountBuildRoutes(mount: Mount, deps: BuildRouteDeps): void {
  const { db } = deps;
  mount(listBuildsRoute, async (call) => {
    const page = readPage(call.query, BUILD_PAGES);
    const builds = await listBuilds(db, repoOf(call).id, {
      limit: page.perPage,
      offset: (page.page - 1) * page.perPage,
      branch: call.query.branch || undefined,
      tag: call.query.tag || undefined,
    });
    linkPages(call, page, builds.length);
    return builds.map((build) => toWireBuild(build));
  });

  mount(getLatestBuild, async (call) => {
    const { branch, ref } = call.query;
    const repo = repoOf(call);
    const wanted = branch ? `refs/heads/${branch}` : ref || `refs/heads/${repo.defaultBranch}`;
    const build = await findLatestBuild(db, repo.id, wanted);
    if (build === undefined) throw notFound('build');
    return viewBuildFor(deps, call.admission.caller, build);
  });

  const awaitBuild = createAwaitBuild(deps);
  mount(getBuild, async (call) => {
    const wish = readWish(call.query);
    const build = await requireBuild(db, repoOf(call), call.params.build);
    if (wish !== undefined) return awaitBuild(call, build, wish);
    return viewBuildFor(deps, call.admission.caller, build);
  });

  mount(cancelBuildRoute, async (call) => {
    const build = await requireBuild(db, repoOf(call), call.params.build);
    const cancelled = await cancelBuild(deps, build.id);
    if (cancelled === undefined) throw notFound('build');
    return viewBuildFor(deps, call.admission.caller, cancelled);
  });

  mount(getBuildConfig, async (call) => {
    const build = await requireBuild(db, repoOf(call), call.params.build);
    return { text: build.config, findings: build.findings.map(toWireFinding) };
  });
}
