import type { PlanStep } from '@sortie/core/plan';
import type { CompileContext, ProxySettings } from './compile-context.ts';
import type { CloneConfig, PipelineDocument } from './config.ts';
import type { VariableOptions, Variables } from './variables.ts';
import {
  buildVariables,
  identityVariables,
  linkVariables,
  repoVariables,
  stageVariables,
  stepVariables,
  systemVariables,
} from './variables.ts';

/** How a stage stands right before a step starts. */
export interface LiveState {
  readonly buildStatus: 'success' | 'failure';
  readonly stageStatus: 'success' | 'failure';
  /** Names of failed steps, without those that may fail. */
  readonly failedSteps: readonly string[];
  /** Names of failed stages of the build, as far as the runner knows them. */
  readonly failedStages: readonly string[];
  /** Unix seconds. */
  readonly now: number;
  readonly step: Pick<PlanStep, 'name' | 'number' | 'environment'>;
}

/**
 * The variables that are computed anew right before a step starts (pipeline.md 6.2 row 11, 6.3): those of build,
 * stage and step. They win over the step's own: `{...step.environment, ...liveEnvironment(state, context)}`.
 */
export function liveEnvironment(
  state: LiveState,
  context: Pick<CompileContext, 'build' | 'stage' | 'runner'>,
): Record<string, string> {
  const isExec = isShellType(context.stage.type);
  const isFailing = state.stageStatus === 'failure';
  const live = layer([
    recordVariables(context, { now: state.now, isExec }),
    stepVariables(state.step),
    {
      DRONE_BUILD_STATUS: isFailing ? 'failure' : state.buildStatus,
      DRONE_STAGE_STATUS: state.stageStatus,
      ...(isFailing && state.failedSteps.length > 0
        ? { DRONE_FAILED_STEPS: state.failedSteps.join(',') }
        : {}),
      ...(state.failedStages.length > 0 ? { DRONE_FAILED_STAGES: state.failedStages.join(',') } : {}),
    },
  ]);
  // A container never sees an empty variable; one stays only to take away what the step has set itself.
  const isIdle = (name: string) => state.step.environment[name] === undefined;
  if (!isExec) for (const [name, value] of live) if (value === '' && isIdle(name)) live.delete(name);
  return Object.fromEntries(live);
}

/** What `DRONE_BUILD_*`, `DRONE_COMMIT_*`, `DRONE_STAGE_*` and their relatives say. */
function recordVariables(
  { build, stage, runner }: Pick<CompileContext, 'build' | 'stage' | 'runner'>,
  options: VariableOptions,
): Variables {
  const running = { ...stage, machine: runner.machine };
  return { ...buildVariables(build, options), ...stageVariables(running, options) };
}

/** What all steps share. An object is copied for each step, many times faster than a map. */
export function sharedEnvironment(
  pipeline: PipelineDocument,
  context: CompileContext,
  isCompatible: boolean,
): Readonly<Record<string, string>> {
  const variables = [...stageEnvironment(pipeline, context, { isCompatible })];
  const isSeen = ([, value]: readonly [string, string]) => value !== '' || pipeline.type !== 'docker';
  return Object.fromEntries(variables.filter(isSeen));
}

/** The layers of pipeline.md 6.2 below the step's own variables. */
function stageEnvironment(
  pipeline: PipelineDocument,
  context: CompileContext,
  options: { readonly isCompatible: boolean },
): ReadonlyMap<string, string> {
  const { repo, build, system, runner, now } = context;
  const isExec = isShellType(pipeline.type);
  return layer([
    runner.environ,
    build.params,
    ...(isExec ? [] : [pipeline.environment]),
    proxyVariables(runner.proxies ?? {}, isExec),
    systemVariables(system),
    repoVariables(repo),
    recordVariables(context, { now, isExec, ...options }),
    linkVariables(system, repo, build),
    { CI: 'true', DRONE: 'true', ...(isExec ? {} : { DRONE_CARD_PATH: '/dev/stdout' }) },
    identityVariables(build),
    gitVariables(pipeline.clone),
  ]);
}

/** The variables that `${…}` expressions see, by name (pipeline.md 5.1): build parameters win over the rest. */
export function substitutionVariables(
  context: CompileContext,
  options: { readonly isCompatible: boolean } = { isCompatible: false },
): ReadonlyMap<string, string> {
  const { repo, build, system, runner, now } = context;
  return layer([
    runner.environ,
    systemVariables(system),
    repoVariables(repo),
    recordVariables(context, { now, isExec: isShellType(context.stage.type), ...options }),
    linkVariables(system, repo, build),
    build.params,
  ]);
}

/** Types whose steps run in a shell of a machine and not in containers. */
export function isShellType(type: string): boolean {
  return type === 'exec' || type === 'ssh';
}

/** Later layers win. A map, because names come from files and must not meet the prototype of an object. */
export function layer(
  layers: readonly Variables[],
  base: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const merged = new Map(base);
  for (const variables of layers) {
    for (const [name, value] of Object.entries(variables)) merged.set(name, value);
  }
  return merged;
}

function proxyVariables(proxies: ProxySettings, isExec: boolean): Variables {
  const pairs = Object.entries({
    no_proxy: proxies.no,
    http_proxy: proxies.http,
    https_proxy: proxies.https,
    all_proxy: isExec ? undefined : proxies.all,
  });
  return Object.fromEntries(
    pairs.flatMap(([name, value]) =>
      value === undefined || value === ''
        ? []
        : [
            [name, value],
            [name.toUpperCase(), value],
          ],
    ),
  );
}

function gitVariables({ trace, skipVerify }: CloneConfig): Variables {
  return {
    ...(trace ? { GIT_TRACE: 'true' } : {}),
    ...(skipVerify ? { GIT_SSL_NO_VERIFY: 'true' } : {}),
  };
}
