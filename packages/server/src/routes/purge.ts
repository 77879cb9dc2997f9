import { purgeBuildHistory, purgeBuildLogs } from '@sortie/contract/purge';
import { type PurgeBuildsDeps, purgeBuilds } from '../services/purge-builds.ts';
import { purgeLog } from '../services/purge-log.ts';
import { type Mount, repoOf } from './mount.ts';
import { requireStep } from './step-view.ts';

export function mountPurgeRoutes(mount: Mount, deps: PurgeBuildsDeps): void {
  mount(purgeBuildHistory, async (call) => {
    const { id: repoId, counter } = repoOf(call);
    // Builds that are made while the purge goes on were not meant.
    const before = Math.min(Number(call.query.before), counter + 1);
    await purgeBuilds(deps, { repoId, before });
    return undefined;
  });

  mount(purgeBuildLogs, async (call) => {
    const { stage, step } = await requireStep(deps.db, repoOf(call), call.params);
    await purgeLog(deps, { stage, number: step.number });
    return undefined;
  });
}
