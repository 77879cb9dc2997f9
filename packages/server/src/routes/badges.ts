import { getBadge, getCcStatus } from '@sortie/contract/badges';
import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { Status } from '@sortie/core/status';
import type { Caller } from '../auth/identify.ts';
import { loadReach } from '../auth/reach.ts';
import { findBuild, findLatestBuild, listBuilds } from '../store/builds.ts';
import type { Db } from '../store/db.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { listStages } from '../store/stages.ts';
import { type BadgeWord, renderBadge } from './badge-svg.ts';
import { type CcProject, renderCcProject } from './cc-xml.ts';
import { type Mount, repoOf } from './mount.ts';

export interface BadgeRouteDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
  readonly publicUrl: string;
  /** `SORTIE_PUBLIC_BADGES`: everybody sees the badge of every repository, as in Drone. */
  readonly arePublic: boolean;
}

/** What names a ref in the query of a badge; `branch` goes first. */
interface RefQuery {
  readonly ref?: string;
  readonly branch?: string;
}

export function mountBadgeRoutes(mount: Mount, deps: BadgeRouteDeps): void {
  // Browsers that show a picture of another page cannot send a header.
  const route = deps.arePublic
    ? getBadge
    : { ...getBadge, scope: 'builds:read' as const, allowsQueryToken: true };
  mount(route, async ({ params, query, admission, reply }) => {
    const repo = await findRepoBySlug(deps.db, `${params.owner}/${params.name}`);
    const isShown =
      repo !== undefined && (deps.arePublic || (await mayRead(deps.db, admission.caller, repo)));
    const ref = repo && (refOf(query) ?? `refs/heads/${repo.defaultBranch}`);
    const build = isShown && ref !== undefined ? await findLatestBuild(deps.db, repo.id, ref) : undefined;
    // Everybody may show the picture, and a star goes with no credentials.
    reply.removeHeader('access-control-allow-credentials');
    return reply
      .headers({
        'content-type': 'image/svg+xml',
        'access-control-allow-origin': '*',
        'cache-control': 'no-cache, no-store, max-age=0, must-revalidate, value',
        'last-modified': new Date(deps.now() * 1000).toUTCString(),
      })
      .send(renderBadge(wordOf(build?.status)));
  });

  mount(getCcStatus, async (call) => {
    const { reply, query } = call;
    const repo = repoOf(call);
    const build = await findShownBuild(deps.db, repo, query);
    const shown = build && (await stateOf(deps.db, build, query.stage));
    if (build === undefined || shown === undefined) return reply.status(404).send();
    const url = `${deps.publicUrl}/${repo.slug}/${build.number}`;
    return reply
      .header('content-type', 'application/xml; charset=utf-8')
      .send(renderCcProject({ name: repo.slug, number: build.number, url, ...shown }));
  });
}

/** The word of a badge (api-v1.md 3.16). */
function wordOf(status: Status | undefined): BadgeWord {
  switch (status) {
    case undefined:
      return 'none';
    case 'success':
    case 'error':
      return status;
    case 'pending':
    case 'running':
    case 'blocked':
    case 'waiting_on_dependencies':
      return 'started';
    default:
      return 'failure';
  }
}

function refOf({ ref, branch }: RefQuery): string | undefined {
  return branch ? `refs/heads/${branch}` : ref || undefined;
}

async function mayRead(db: Db, caller: Caller, repo: Repo): Promise<boolean> {
  return (await loadReach(db, caller)).may('repo:read', repo);
}

/** The newest build of the ref; without one the build that the counter stands at, else the newest of all. */
async function findShownBuild(db: Db, repo: Repo, query: RefQuery): Promise<Build | undefined> {
  const ref = refOf(query);
  if (ref !== undefined) return findLatestBuild(db, repo.id, ref);
  const last = await findBuild(db, repo.id, repo.counter);
  return last ?? (await listBuilds(db, repo.id, { limit: 1 }))[0];
}

async function stateOf(
  db: Db,
  build: Build,
  stage: string | undefined,
): Promise<Pick<CcProject, 'status' | 'started'> | undefined> {
  if (!stage) return { status: build.status, started: build.started };
  return (await listStages(db, build.id)).find(({ name }) => name === stage);
}
