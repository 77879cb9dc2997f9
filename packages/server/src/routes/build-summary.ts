import { getBuildSummary, toWireBuildSummary } from '@sortie/contract/build-summary';
import { formatSummary } from '@sortie/core/build-summary';
import type { LogStore } from '../logs/log-store.ts';
import { explainBuild } from '../queue/explain-waiting.ts';
import { summarizeFailures } from '../services/summarize-build.ts';
import { listStages } from '../store/stages.ts';
import { explainDeps, requireBuild, type ViewDeps } from './build-view.ts';
import { type Mount, repoOf } from './mount.ts';

export interface BuildSummaryRouteDeps extends ViewDeps {
  readonly logs: LogStore;
}

export function mountBuildSummaryRoutes(mount: Mount, deps: BuildSummaryRouteDeps): void {
  mount(getBuildSummary, async (call) => {
    const repo = repoOf(call);
    const build = await requireBuild(deps.db, repo, call.params.build);
    const stages = await listStages(deps.db, build.id);
    const failures = await summarizeFailures(deps, { repo, build, stages });
    const reasons = await explainBuild(explainDeps(deps, call.admission.caller), stages);
    const waiting = stages.flatMap((stage) => {
      const known = reasons.get(stage.id);
      return known === undefined ? [] : [{ stage, reasons: known }];
    });
    const summary = { ...failures, waiting };
    if (!wantsText(call.query.format, call.request.headers.accept)) return toWireBuildSummary(summary);
    return call.reply.header('content-type', 'text/plain; charset=utf-8').send(formatSummary(summary));
  });
}

function wantsText(format: string | undefined, accept: string | undefined): boolean {
  if (format !== undefined) return format === 'text';
  return accept !== undefined && /^\s*text\/plain\b/.test(accept);
}
