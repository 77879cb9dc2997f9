import { isDone } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { endLog } from '../logs/end-log.ts';
import { findLog } from '../store/logs.ts';
import { listSteps } from '../store/steps.ts';
import type { RpcDeps } from './rpc-deps.ts';

type CloseDeps = Pick<RpcDeps, 'db' | 'logs'>;

/** Ends the logs of the steps that have ended, so that their readers come to an end; a repeat has no effect. */
export async function closeLogs(deps: CloseDeps, stageId: number): Promise<void> {
  for (const step of await listSteps(deps.db, stageId)) await closeLog(deps, step);
}

export async function closeLog(deps: CloseDeps, step: Pick<Step, 'id' | 'status'>): Promise<void> {
  if (!isDone(step.status)) return;
  const log = await findLog(deps.db, step.id);
  if (log === undefined || log.isClosed) return;
  await endLog(deps, { key: log.fileKey, stepId: step.id, marker: '' });
}
