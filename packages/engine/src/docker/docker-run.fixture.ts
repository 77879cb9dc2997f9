import assert from 'node:assert/strict';
import type { Plan, PlanStep } from '@sortie/core/plan';
import { buildStage } from '@sortie/testing/engine-contract';
import type { Engine, RegistryCredentials } from '../engine.ts';
import { type ExecuteDeps, executeStage } from '../execute.ts';
import type { StageOutcome } from '../step-table.ts';

/** Made by scripts/make-test-image.sh. */
export const IMAGE = 'sortie-busybox:1';

export type StepDraft = Partial<PlanStep> & { readonly name: string };

export interface RunOptions {
  readonly plan?: Partial<Plan>;
  readonly registries?: readonly RegistryCredentials[];
  readonly signal?: AbortSignal;
  readonly onOutput?: (step: string, text: string) => void | Promise<void>;
  readonly environmentFor?: ExecuteDeps['environmentFor'];
}

export interface Ran {
  readonly outcome: StageOutcome;
  readonly log: (step: string) => string;
  /** `name status exit` for each step. */
  readonly steps: readonly string[];
}

/** Runs steps of the test image one after the other in the workspace, unless they say otherwise. */
export async function runSteps(
  engine: Engine,
  id: string,
  drafts: readonly StepDraft[],
  options: RunOptions = {},
): Promise<Ran> {
  const logs = new Map<string, string>();
  const steps = drafts.map((draft) => ({ image: IMAGE, workingDir: '/drone/src', ...draft }));
  const { plan, registries, signal = new AbortController().signal } = options;
  const outcome = await executeStage(
    {
      engine,
      report: { stepStarted: async () => undefined, stepEnded: async () => undefined },
      openLog: ({ name }) => ({
        write: async ({ bytes }) => {
          const text = Buffer.from(bytes).toString();
          logs.set(name, (logs.get(name) ?? '') + text);
          await options.onOutput?.(name, text);
        },
        close: () => undefined,
      }),
      environmentFor:
        options.environmentFor ??
        ((step, { stageStatus }) => ({ ...step.environment, DRONE_STAGE_STATUS: stageStatus })),
    },
    { ...buildStage(id, steps, plan), ...(registries === undefined ? {} : { registries }) },
    { signal },
  );
  assert.equal(outcome.cleanupError, '');
  return {
    outcome,
    log: (step) => logs.get(step) ?? '',
    steps: outcome.steps.map(({ step, result }) => `${step.name} ${result.status} ${result.exitCode}`),
  };
}
