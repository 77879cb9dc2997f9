import assert from 'node:assert/strict';
import type { Plan, PlanStep } from '@sortie/core/plan';
import { becomes } from '@sortie/testing/becomes';
import { buildStage } from '@sortie/testing/engine-contract';
import { TEST_IMAGE } from '@sortie/testing/test-image';
import type Docker from 'dockerode';
import type { Engine, RegistryCredentials } from '../engine.ts';
import { type ExecuteDeps, executeStage } from '../execute.ts';
import type { StageOutcome } from '../step-table.ts';
import { OWNER_LABEL } from './object-name.ts';

/** A step with this script says `up` and runs until `letGo`. */
export const HOLD = 'echo up; while [ ! -f go ]; do sleep 0.05; done';

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
  const steps = drafts.map((draft) => ({ image: TEST_IMAGE, workingDir: '/drone/src', ...draft }));
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

/** Names of the steps whose containers run now, with their ids. */
async function running(docker: Docker, owner: string): Promise<ReadonlyMap<string, string>> {
  const containers = await docker.listContainers({ filters: { label: [`${OWNER_LABEL}=${owner}`] } });
  const named = containers.map(({ Id, Labels }) => [Labels['io.drone.step.name'] ?? '', Id] as const);
  return new Map(named.sort(([one], [other]) => one.localeCompare(other)));
}

/** Asks until just these containers of the owner run, which Docker says some time after; resolves with their ids. */
export async function awaitRunning(
  docker: Docker,
  owner: string,
  names: readonly string[],
): Promise<readonly string[]> {
  let found: ReadonlyMap<string, string> = new Map();
  const look = async (): Promise<readonly string[]> => {
    found = await running(docker, owner);
    return [...found.keys()];
  };
  await becomes(look, names);
  return [...found.values()];
}

/** Lets the running steps of the owner end that wait with `HOLD` in the workspace of this one. */
export async function letGo(docker: Docker, owner: string, step: string): Promise<void> {
  const id = (await running(docker, owner)).get(step);
  assert.ok(id, `the step ${step} runs`);
  // Podman refuses an exec without output.
  const exec = await docker.getContainer(id).exec({ Cmd: ['touch', 'go'], AttachStdout: true });
  (await exec.start({})).resume();
}
