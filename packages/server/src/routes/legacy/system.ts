import { toLegacyAgent } from '@sortie/contract/legacy/agents';
import { legacyGetBadge, legacyGetCc } from '@sortie/contract/legacy/build-routes';
import { legacyGetAgents } from '@sortie/contract/legacy/system-routes';
import type { Status } from '@sortie/core/status';
import { loadReach } from '../../auth/reach.ts';
import { listBuilds } from '../../store/builds.ts';
import type { Db } from '../../store/db.ts';
import { findLatestPush } from '../../store/feed.ts';
import { findRepoBySlug } from '../../store/repos.ts';
import { listRunners } from '../../store/runners.ts';
import { type BadgeWord, renderBadge } from '../badge-svg.ts';
import { renderCcProject } from '../cc-xml.ts';
import { repoOf } from '../mount.ts';
import { type LegacyMount, legacyNotFound } from './mount-legacy.ts';

export interface LegacySystemDeps {
  readonly db: Db;
  readonly publicUrl: string;
  /** `SORTIE_PUBLIC_BADGES`: everybody sees the badge of every repository. */
  readonly hasPublicBadges: boolean;
}

/** Rows 33 to 35: runners and badges. */
export function mountLegacySystem(mount: LegacyMount, deps: LegacySystemDeps): void {
  const { db, publicUrl, hasPublicBadges } = deps;
  mount(legacyGetAgents, async () => {
    const runners = await listRunners(db);
    // Who came first has the lowest id, and keeps it.
    const order = runners.toSorted((a, b) => a.created - b.created || (a.name < b.name ? -1 : 1));
    return runners.map((runner) => toLegacyAgent(runner, order.indexOf(runner) + 1));
  });
  mount(legacyGetCc, async (call) => {
    const repo = repoOf(call);
    const [build] = await listBuilds(db, repo.id, { limit: 1 });
    if (build === undefined) throw legacyNotFound();
    const { number, status, started } = build;
    const url = `${publicUrl}/${repo.slug}/${number}`;
    return call.reply
      .header('content-type', 'application/xml; charset=utf-8')
      .send(renderCcProject({ name: repo.slug, number, status, started, url }));
  });
  const badge = hasPublicBadges
    ? legacyGetBadge
    : { ...legacyGetBadge, scope: 'builds:read' as const, allowsQueryToken: true };
  mount(badge, async ({ params, query, admission, reply }) => {
    const repo = await findRepoBySlug(db, `${params.owner}/${params.name}`);
    if (repo === undefined) throw legacyNotFound();
    if (!hasPublicBadges && !(await loadReach(db, admission.caller)).may('repo:read', repo)) {
      throw legacyNotFound();
    }
    const build = await findLatestPush(db, repo.id, query.branch || repo.defaultBranch);
    return reply.header('content-type', 'image/svg+xml').send(renderBadge(wordOf(build?.status)));
  });
}

const WORDS: Partial<Record<Status, BadgeWord>> = {
  success: 'success',
  failure: 'failure',
  error: 'error',
  killed: 'error',
  declined: 'error',
  pending: 'started',
  running: 'started',
  blocked: 'started',
  waiting_on_dependencies: 'started',
};

function wordOf(status: Status | undefined): BadgeWord {
  return (status && WORDS[status]) ?? 'none';
}
