import type { Build, Stage, Step } from '@sortie/sdk/types';
import { isBad } from './status.ts';

export interface Selection {
  readonly stage: Stage;
  readonly step: Step | undefined;
}

export interface Wanted {
  readonly stage: number | undefined;
  readonly step: number | undefined;
}

/**
 * The step to show. What the address names wins; otherwise the first failed step, else the running one, else
 * the last that ran. `undefined` when the address names something that does not exist, or there is nothing.
 */
export function selectStep(build: Build, wanted: Wanted): Selection | undefined {
  const stages = build.stages ?? [];
  if (wanted.stage !== undefined) {
    const stage = stages.find((each) => each.number === wanted.stage);
    if (stage === undefined) return undefined;
    if (wanted.step === undefined) return { stage, step: bestStep(stage.steps ?? []) };
    const step = stage.steps?.find((each) => each.number === wanted.step);
    return step === undefined ? undefined : { stage, step };
  }
  const stage =
    stages.find((each) => isBad(each.status)) ??
    stages.find((each) => each.status === 'running') ??
    stages.findLast((each) => each.started > 0) ??
    stages[0];
  return stage === undefined ? undefined : { stage, step: bestStep(stage.steps ?? []) };
}

/** The steps of a build that failed and matter, in order. */
export function failedSteps(build: Build): readonly Selection[] {
  return (build.stages ?? []).flatMap((stage) =>
    (stage.steps ?? []).filter((step) => isBad(step.status)).map((step) => ({ stage, step })),
  );
}

function bestStep(steps: readonly Step[]): Step | undefined {
  return (
    steps.find((step) => isBad(step.status) && step.errignore !== true) ??
    steps.find((step) => step.status === 'running' && step.detached !== true) ??
    steps.find((step) => isBad(step.status)) ??
    steps.findLast((step) => (step.started ?? 0) > 0) ??
    steps[0]
  );
}
