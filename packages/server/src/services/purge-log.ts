import { AppError } from '@sortie/core/errors';
import type { Stage } from '@sortie/core/stage';
import { type LogStore, logKey } from '../logs/log-store.ts';
import { isStageHeld, listStepIdsOfAttempts, removeLogRecords } from '../store/build-removal.ts';
import type { Db } from '../store/db.ts';

export interface PurgeLogDeps {
  readonly db: Db;
  readonly logs: Pick<LogStore, 'remove'>;
}

/**
 * Removes the logs of a step in all attempts of its stage: people purge what must not be readable any more. Absent
 * logs are fine. Throws `illegal-move` while a runner holds the stage, because it would go on writing.
 */
export async function purgeLog(
  deps: PurgeLogDeps,
  step: { readonly stage: Stage; readonly number: number },
): Promise<void> {
  const { stage, number } = step;
  if (await isStageHeld(deps.db, stage.id)) {
    throw new AppError('illegal-move', 'A runner still works on the stage of this step.', {
      hint: 'Wait until the stage has ended, or cancel the build, then remove the log.',
    });
  }
  const ids = await listStepIdsOfAttempts(deps.db, stage.id, number);
  for (const stepId of ids) {
    await deps.logs.remove(logKey({ repoId: stage.repoId, buildId: stage.buildId, stepId }));
  }
  await removeLogRecords(deps.db, ids);
}
