import type { PlanMount, PlanStep } from '@sortie/core/plan';
import type { MountConfig, StepConfig } from './config.ts';
import { isShellType } from './environment.ts';
import { runPolicyOf } from './match.ts';
import { cleanPath } from './paths.ts';
import { isAutoPrivileged } from './privilege.ts';
import { makeScript } from './script.ts';
import { emptyStep, type StageFrame, type StepPlace } from './stage-frame.ts';
import { stepLayers, toEnvironment } from './step-variables.ts';

/** One step or service of the file as an engine runs it. */
export function compileStep(frame: StageFrame, step: StepConfig, place: StepPlace): PlanStep {
  const { type } = frame.pipeline;
  const variables = stepLayers(step, frame);
  return {
    ...emptyStep(step.name, place),
    kind: step.isService ? 'service' : 'step',
    declaredDependsOn: step.dependsOn.map(({ text }) => text),
    runPolicy: runPolicyOf(step.when, frame.trigger),
    failure: step.failure,
    detached: step.detach || step.isService,
    environment: toEnvironment(frame, { name: step.name, number: place.number }, variables.texts),
    secrets: variables.secrets,
    ...(variables.composed.length === 0 ? {} : { composed: variables.composed }),
    ...compileScript(frame, step),
    ...(isShellType(type) ? {} : compileContainer(frame, step)),
  };
}

function compileScript(frame: StageFrame, step: StepConfig): Pick<PlanStep, 'script' | 'shell'> {
  const { type, platform } = frame.pipeline;
  const commands = commandsOf(step, type);
  if (commands.length === 0) return {};
  const isWindows = platform.os === 'windows';
  const shell = isWindows ? 'powershell' : 'posix';
  const target = { hasHeader: !isShellType(type), shell, isCompatible: frame.compatibility } as const;
  return { script: makeScript(commands, target), ...(isWindows ? { shell: 'powershell' } : {}) };
}

/** A pod cannot replace the entry point once it runs, so one line of the shell stands for it (pipeline.md 2.2). */
function commandsOf(step: StepConfig, type: string): readonly string[] {
  if (step.commands.length > 0 || type !== 'kubernetes' || step.entrypoint.length === 0) return step.commands;
  return [[...step.entrypoint, ...step.command].join(' ')];
}

function compileContainer(frame: StageFrame, step: StepConfig): Partial<PlanStep> {
  const { type, platform } = frame.pipeline;
  const hasScript = commandsOf(step, type).length > 0;
  const workingDir = workingDirOf(frame, step, hasScript);
  const shared = [...Object.keys(frame.pipeline.environment), ...Object.keys(frame.context.build.params)];
  const isPrivileged = step.privileged || isAutoPrivileged(step, { ...frame.context.runner, type }, shared);
  return {
    image: step.image,
    // A node keeps its images; it is never asked for a fresh one without a word in the file.
    pull: type === 'kubernetes' && step.pull === 'default' ? 'if-not-exists' : step.pull,
    ...(hasScript || step.entrypoint.length === 0 ? {} : { entrypoint: step.entrypoint }),
    ...(hasScript || step.command.length === 0 ? {} : { command: step.command }),
    ...(workingDir === undefined ? {} : { workingDir }),
    ...compileVolumes(frame, step),
    privileged: isPrivileged && platform.os !== 'windows',
    ...(step.user === '' ? {} : { user: step.user }),
    ...(type === 'kubernetes' ? podLimits(step) : hostOptions(step)),
  };
}

/** What only a single machine has. */
function hostOptions(step: StepConfig): Partial<PlanStep> {
  return {
    ...(step.networkMode === '' ? {} : { networkMode: step.networkMode }),
    dns: step.dns,
    dnsSearch: step.dnsSearch,
    extraHosts: step.extraHosts,
    ...(step.shmSizeBytes === 0 ? {} : { shmSizeBytes: step.shmSizeBytes }),
    ...(step.memoryLimitBytes === 0 ? {} : { memoryLimitBytes: step.memoryLimitBytes }),
    ...(step.memorySwapLimitBytes === 0 ? {} : { memorySwapLimitBytes: step.memorySwapLimitBytes }),
  };
}

function podLimits({ group, limits }: StepConfig): Partial<PlanStep> {
  return {
    ...(group === 0 ? {} : { group }),
    ...(limits.cpuMillis === 0 ? {} : { cpuLimitMillis: limits.cpuMillis }),
    ...(limits.memoryBytes === 0 ? {} : { memoryLimitBytes: limits.memoryBytes }),
  };
}

/** A service keeps the directory of its image unless it has commands (pipeline.md 7.3). */
function workingDirOf(frame: StageFrame, step: StepConfig, hasScript: boolean): string | undefined {
  const { workspace, compatibility, pipeline } = frame;
  const { workingDir } = step;
  if (workingDir !== '') {
    const isAbsolute = workingDir.startsWith('/') || pipeline.platform.os === 'windows';
    return isAbsolute || compatibility ? workingDir : cleanPath(`${workspace.path}/${workingDir}`);
  }
  const isDetached = step.detach || step.isService;
  return isDetached && !hasScript ? undefined : workspace.path;
}

function compileVolumes(frame: StageFrame, step: StepConfig): Pick<PlanStep, 'mounts' | 'devices'> {
  const isKubernetes = frame.pipeline.type === 'kubernetes';
  const isDevice = (name: string) => frame.volumes.get(name)?.hostPath.startsWith('/dev/') === true;
  const toMount = ({ volume, target, subPath }: MountConfig): PlanMount => ({
    volume,
    path: target,
    ...(subPath === '' ? {} : { subPath }),
  });
  const isMounted = (name: string) =>
    frame.compatibility || (frame.volumes.get(name)?.kind ?? 'none') !== 'none';
  return {
    mounts: step.mounts.filter(({ volume }) => isMounted(volume)).map(toMount),
    devices: isKubernetes ? [] : step.devices.filter(({ volume }) => isDevice(volume)).map(toMount),
  };
}
