import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import { isDone, type Status } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { type LogKey, logKey } from '../logs/log-store.ts';
import type { Db } from '../store/db.ts';
import { findStage } from '../store/stages.ts';
import { findStep } from '../store/steps.ts';
import { requireBuild } from './build-view.ts';
import { notFound } from './mount.ts';

export interface StepView {
  readonly build: Build;
  readonly stage: Stage;
  readonly step: Step;
  readonly key: LogKey;
}

/** The step at these numbers. Throws `not-found`, or `step-not-begun` while its stage has no steps yet. */
export async function requireStep(
  db: Db,
  repo: Repo,
  at: { readonly build: number; readonly stage: number; readonly step: number },
): Promise<StepView> {
  const build = await requireBuild(db, repo, at.build);
  const stage = await findStage(db, build.id, at.stage);
  if (stage === undefined) throw notFound('stage');
  const step = await findStep(db, stage.id, at.step);
  if (step !== undefined) {
    return { build, stage, step, key: logKey({ repoId: repo.id, buildId: build.id, stepId: step.id }) };
  }
  // Steps exist from the moment at which a runner begins the stage.
  if (!isDone(stage.status) && stage.status !== 'running') throw stepNotBegun(stage.status);
  throw notFound('step');
}

/** The 404 of a step without a log; `status` is the step's, or its stage's while there are no steps. */
export function stepNotBegun(status: Status): AppError {
  return new AppError('step-not-begun', `The step has not begun; its status is ${status}.`, {
    hint: isDone(status)
      ? 'It was skipped or stopped before it began, so it has no log.'
      : 'Wait for the build with ?wait=60&until=running, or follow the step at its stream.',
    details: { step_status: status },
  });
}
