import { listConnections, type WireConnection } from '@sortie/contract/connections';
import type { WireRepoHealth } from '@sortie/contract/repo-health';
import { getRepoHealth, reconcileRepo } from '@sortie/contract/repo-health-routes';
import { AppError } from '@sortie/core/errors';
import {
  type ConnectionView,
  type ListConnectionsDeps,
  viewConnections,
} from '../services/list-connections.ts';
import { findMissed, type MadeUp, makeUp, type ReconcileDeps } from '../services/reconcile.ts';
import { type RepoHealthDeps, type RepoHealthReport, repoHealth } from '../services/repo-health.ts';
import { findRepoIdentity } from '../services/repo-identity.ts';
import { type TriggerParts, triggerDepsOf } from '../services/trigger-deps.ts';
import { type Mount, repoOf } from './mount.ts';

export type RepoHealthRouteDeps = RepoHealthDeps & ReconcileDeps & ListConnectionsDeps & TriggerParts;

export function mountRepoHealthRoutes(mount: Mount, deps: RepoHealthRouteDeps): void {
  mount(getRepoHealth, async (call) =>
    toWireHealth(await repoHealth(deps, repoOf(call), { isFresh: call.query.check === 'true' })),
  );

  mount(reconcileRepo, async (call) => {
    const repo = repoOf(call);
    if (!repo.isActive) {
      throw new AppError('repo-inactive', 'The repository is not active.', {
        hint: `Activate it with POST /api/repos/${repo.slug}.`,
      });
    }
    const isDryRun = call.body.dry_run === true;
    const { userId: id } = await findRepoIdentity(deps.db, repo);
    const { isFirstLook, missed } = await findMissed(deps, repo, { id });
    const made: readonly MadeUp[] =
      isDryRun || missed.length === 0
        ? missed
        : await makeUp({ ...deps, trigger: triggerDepsOf(deps, repo) }, repo, { missed });
    return { dry_run: isDryRun, first_look: isFirstLook, missed: made.map(toWireMissed) };
  });

  mount(listConnections, async () => (await viewConnections(deps)).map(toWireConnection));
}

function toWireMissed({ ref, before, after, since, build, reason }: MadeUp) {
  return {
    ...{ ref, before, after, since },
    ...(build === undefined ? {} : { build: build.number }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** The health of a repository on the wire. */
export function toWireHealth(report: RepoHealthReport): WireRepoHealth {
  return {
    state: report.state,
    checks: [...report.checks],
    hook_installed: report.hookInstalled,
    hook_checked: report.hookChecked,
    last_delivery: report.lastDelivery,
    reconciled: report.reconciled,
    missed: [...report.missed],
  };
}

function toWireConnection(view: ConnectionView): WireConnection {
  const { id, name, kind, title, url, repos, answer } = view;
  return {
    ...{ id, name, kind, title, url, repos },
    connected: view.isConnected,
    skip_verify: view.skipsVerify,
    ...(view.hookUrl === undefined ? {} : { hook_url: view.hookUrl }),
    ...(view.hasStatuses === undefined ? {} : { statuses: view.hasStatuses }),
    ...(answer === undefined ? {} : toWireAnswer(answer)),
  };
}

function toWireAnswer(answer: NonNullable<ConnectionView['answer']>) {
  if (!answer.isReachable) {
    const { message, hint } = answer;
    return { reachable: false, error: message, ...(hint === undefined ? {} : { hint }) };
  }
  return {
    reachable: true,
    ...(answer.version === '' ? {} : { version: answer.version }),
    ...(answer.skew === undefined ? {} : { clock_skew: answer.skew }),
  };
}
