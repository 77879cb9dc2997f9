import type { PlanClone, PlanMount, PlanSecret, PlanStep } from '@sortie/core/plan';
import type { CompileContext } from './compile-context.ts';
import type { PipelineDocument, StepConfig, VariableValue, VolumeConfig } from './config.ts';
import { layer } from './environment.ts';
import { runPolicyOf } from './match.ts';
import { isAutoPrivileged } from './privilege.ts';
import { makeScript } from './script.ts';
import type { Variables } from './variables.ts';
import { stepVariables } from './variables.ts';
import type { Workspace } from './workspace.ts';
import { workspaceVariables } from './workspace.ts';

/** What the steps of one stage have in common while they are compiled. */
export interface StageFrame {
  readonly pipeline: PipelineDocument;
  readonly context: CompileContext;
  /** What all steps share, by name. */
  readonly environment: ReadonlyMap<string, string>;
  readonly workspace: Workspace;
  /** The volumes of the pipeline by name. */
  readonly volumes: ReadonlyMap<string, VolumeConfig>;
  /** List the mounts of undeclared volumes, as Drone's compiler does. */
  readonly compatibility: boolean;
}

/** The place of a step in its stage. */
export interface StepPlace {
  /** 1-based. */
  readonly number: number;
  readonly dependsOn: readonly string[];
}

/** One step or service of the file as an engine runs it. */
export function compileStep(frame: StageFrame, step: StepConfig, place: StepPlace): PlanStep {
  const { type } = frame.pipeline;
  const variables = stepLayers(step, frame);
  const isDocker = type === 'docker';
  const hasScript = step.commands.length > 0;
  return {
    ...emptyStep(step.name, place),
    kind: step.isService ? 'service' : 'step',
    declaredDependsOn: step.dependsOn.map(({ text }) => text),
    runPolicy: runPolicyOf(step.when),
    failure: step.failure,
    detached: step.detach || step.isService,
    environment: toEnvironment(frame, { name: step.name, number: place.number }, variables.texts),
    secrets: variables.secrets,
    ...(hasScript ? { script: makeScript(step.commands, isDocker ? 'docker' : 'exec') } : {}),
    ...(isDocker ? compileContainer(frame, step) : {}),
  };
}

/** The step that fetches the repository: the engine's own, or an image of the runner's choice. */
export function compileClone(frame: StageFrame): PlanStep {
  const { pipeline, context, workspace } = frame;
  const { depth, retries, skipVerify } = pipeline.clone;
  const place = { number: 1, dependsOn: [] };
  const image = pipeline.type === 'docker' ? context.runner.cloneImage : undefined;
  const settings: Variables = {
    ...(depth > 0 ? { PLUGIN_DEPTH: String(depth) } : {}),
    ...(retries > 0 ? { PLUGIN_RETRIES: String(retries) } : {}),
    ...(skipVerify ? { PLUGIN_SKIP_VERIFY: 'true' } : {}),
  };
  const layers = image === undefined ? [] : [netrcVariables(context), settings];
  return {
    ...emptyStep('clone', place),
    kind: 'clone',
    runPolicy: 'always',
    pull: 'if-not-exists',
    environment: toEnvironment(frame, { name: 'clone', number: 1 }, layers),
    ...(image === undefined ? { clone: planClone(frame) } : { image }),
    ...(pipeline.type === 'docker' ? { workingDir: workspace.path } : {}),
  };
}

function planClone({ pipeline, context: { repo, build } }: StageFrame): PlanClone {
  const { depth, retries, skipVerify, trace } = pipeline.clone;
  return {
    url: repo.httpUrl || repo.sshUrl,
    ref: build.ref,
    commit: build.after,
    branch: build.target.replace(/^refs\/heads\//, ''),
    depth,
    retries,
    skipVerify,
    trace,
  };
}

function emptyStep(name: string, place: StepPlace): Omit<PlanStep, 'kind' | 'runPolicy' | 'environment'> {
  return {
    ...place,
    name,
    declaredDependsOn: [],
    failure: 'fail',
    detached: false,
    pull: 'default',
    secrets: [],
    mounts: [],
    devices: [],
    privileged: false,
    dns: [],
    dnsSearch: [],
    extraHosts: [],
  };
}

function compileContainer(frame: StageFrame, step: StepConfig): Partial<PlanStep> {
  const hasCommands = step.commands.length > 0;
  const workingDir = workingDirOf(step, frame.workspace);
  return {
    image: step.image,
    pull: step.pull,
    ...(hasCommands || step.entrypoint.length === 0 ? {} : { entrypoint: step.entrypoint }),
    ...(hasCommands || step.command.length === 0 ? {} : { command: step.command }),
    ...(workingDir === undefined ? {} : { workingDir }),
    ...compileVolumes(frame, step),
    privileged: step.privileged || isAutoPrivileged(step, frame.context.runner),
    ...(step.user === '' ? {} : { user: step.user }),
    ...(step.networkMode === '' ? {} : { networkMode: step.networkMode }),
    dns: step.dns,
    dnsSearch: step.dnsSearch,
    extraHosts: step.extraHosts,
    ...(step.shmSizeBytes === 0 ? {} : { shmSizeBytes: step.shmSizeBytes }),
    ...(step.memoryLimitBytes === 0 ? {} : { memoryLimitBytes: step.memoryLimitBytes }),
    ...(step.memorySwapLimitBytes === 0 ? {} : { memorySwapLimitBytes: step.memorySwapLimitBytes }),
  };
}

/** A service keeps the directory of its image unless it has commands (pipeline.md 7.3). */
function workingDirOf(step: StepConfig, workspace: Workspace): string | undefined {
  if (step.workingDir !== '') return step.workingDir;
  const isDetached = step.detach || step.isService;
  return isDetached && step.commands.length === 0 ? undefined : workspace.path;
}

function compileVolumes(frame: StageFrame, step: StepConfig): Pick<PlanStep, 'mounts' | 'devices'> {
  const isDevice = (name: string) => frame.volumes.get(name)?.hostPath.startsWith('/dev/') === true;
  const toMount = ({ volume, target }: StepConfig['mounts'][number]): PlanMount => ({ volume, path: target });
  const isMounted = (name: string) =>
    frame.compatibility || (frame.volumes.get(name)?.kind ?? 'none') !== 'none';
  return {
    mounts: step.mounts.filter(({ volume }) => isMounted(volume)).map(toMount),
    devices: step.devices.filter(({ volume }) => isDevice(volume)).map(toMount),
  };
}

function stepLayers(
  step: StepConfig,
  { context, pipeline }: StageFrame,
): { readonly texts: readonly Variables[]; readonly secrets: readonly PlanSecret[] } {
  const isExec = pipeline.type === 'exec';
  const values = new Map<string, VariableValue>(step.environment);
  if (!isExec) for (const [key, value] of step.settings) values.set(`PLUGIN_${key.toUpperCase()}`, value);
  const texts: [string, string][] = [];
  const secrets: PlanSecret[] = [];
  for (const [name, value] of values) {
    if (value.kind === 'secret') secrets.push({ env: name, secret: value.name });
    else texts.push([name, isExec && name === 'PATH' ? expandPath(value.text, context) : value.text]);
  }
  const credentials = isExec || isForeign(context) ? {} : netrcVariables(context);
  return { texts: [credentials, Object.fromEntries(texts)], secrets };
}

/** Code from a fork must not get at the credentials of the repository that it wants to be merged into. */
function isForeign({ build, repo }: CompileContext): boolean {
  return build.event === 'pull_request' && build.sourceRepo.toLowerCase() !== repo.slug.toLowerCase();
}

function netrcVariables({ netrc }: CompileContext): Variables {
  if (netrc === undefined) return {};
  const { machine, login, password } = netrc;
  return {
    DRONE_NETRC_MACHINE: machine,
    DRONE_NETRC_USERNAME: login,
    DRONE_NETRC_PASSWORD: password,
    DRONE_NETRC_FILE: `machine ${machine} login ${login} password ${password}`,
  };
}

/** `$PATH:/opt/bin`: the one place where the variables of the machine are put in (pipeline.md 6.2, E row 8). */
function expandPath(text: string, { runner }: CompileContext): string {
  const host = runner.hostEnvironment ?? {};
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_match, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    return Object.hasOwn(host, name) ? (host[name] ?? '') : '';
  });
}

function toEnvironment(
  { environment, workspace, pipeline }: StageFrame,
  step: { readonly name: string; readonly number: number },
  own: readonly Variables[],
): Record<string, string> {
  const isExec = pipeline.type === 'exec';
  const places = isExec ? [] : [workspaceVariables(workspace)];
  const merged = layer([...places, stepVariables(step), ...own], environment);
  // A container never sees an empty variable (pipeline.md 6.1); an exec step does.
  if (!isExec) for (const [name, value] of merged) if (value === '') merged.delete(name);
  return Object.fromEntries(merged);
}
