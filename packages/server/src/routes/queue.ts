import {
  getQueue,
  pauseQueue as pauseQueueRoute,
  resumeQueue as resumeQueueRoute,
} from '@sortie/contract/queue';
import { toWireStage } from '@sortie/contract/stages';
import { explainQueue } from '../queue/explain-waiting.ts';
import { isQueuePaused, pauseQueue, resumeQueue } from '../queue/pause.ts';
import { countOpenStages, listOpenStages } from '../store/open-stages.ts';
import { explainDeps, type ViewDeps } from './build-view.ts';
import type { Mount } from './mount.ts';

export interface QueueRouteDeps extends ViewDeps {
  readonly queue: { wake(): void };
}

export function mountQueueRoutes(mount: Mount, deps: QueueRouteDeps): void {
  const { db } = deps;

  mount(getQueue, async (call) => {
    const open = await listOpenStages(db);
    const reasons = await explainQueue(explainDeps(deps, call.admission.caller), open);
    call.reply.header('x-queue-paused', String(await isQueuePaused(db)));
    return open.map((stage) => toWireStage({ ...stage, steps: [], waitingFor: reasons.get(stage.id) }));
  });

  mount(resumeQueueRoute, async (call) => {
    if (isDryRun(call.query)) return foresee(deps, false);
    await resumeQueue(db);
    deps.queue.wake();
    return undefined;
  });

  mount(pauseQueueRoute, async (call) => {
    if (isDryRun(call.query)) return foresee(deps, true);
    await pauseQueue(db);
    return undefined;
  });
}

function isDryRun({ dry_run }: { readonly dry_run?: string }): boolean {
  return dry_run === 'true' || dry_run === '1';
}

async function foresee({ db }: QueueRouteDeps, paused: boolean) {
  const changes = (await isQueuePaused(db)) !== paused;
  return { dry_run: true as const, paused, changes, ...(await countOpenStages(db)) };
}
