import type { LogPiece } from '@sortie/core/log';
import type { Lease } from '@sortie/core/runner';
import { isDone } from '@sortie/core/status';
import { logKey } from '../logs/log-store.ts';
import { LOST_LOG_MARKER } from '../services/expire-leases.ts';
import { upsertLog } from '../store/logs.ts';
import { findStageById } from '../store/stages.ts';
import { findStepById } from '../store/steps.ts';
import type { RpcDeps } from './rpc-deps.ts';

/** So long after its end a step still takes its log (runner-protocol.md 5.4). */
const LATE_SECONDS = 24 * 3600;

/**
 * A piece of log of a step that its runner has lost: it is true all the same. What does not belong to the stage and
 * attempt of the lease, which was the runner's, or comes more than a day late is thrown away. Throws `log-gap`.
 */
export async function amendLog(
  deps: Pick<RpcDeps, 'db' | 'logs' | 'nowMs'>,
  lease: Lease,
  { stepId, ...piece }: LogPiece & { readonly stepId: number },
): Promise<void> {
  const step = await findStepById(deps.db, stepId);
  if (step === undefined || step.stageId !== lease.stageId || step.attempt !== lease.attempt) return;
  const isLate = isDone(step.status) && deps.nowMs() / 1000 - step.stopped > LATE_SECONDS;
  const stage = await findStageById(deps.db, step.stageId);
  if (isLate || stage === undefined) return;
  const fileKey = logKey({ repoId: stage.repoId, buildId: stage.buildId, stepId });
  const { size, lines, isClosed } = await deps.logs.amend(fileKey, piece, { marker: LOST_LOG_MARKER });
  await upsertLog(deps.db, { stepId, fileKey, size, lines, isClosed, omitted: 0 });
}
