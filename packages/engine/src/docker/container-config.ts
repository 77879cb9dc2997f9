import { posix, win32 } from 'node:path';
import type { Plan, PlanStep } from '@sortie/core/plan';
import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import { devicesOf, mountsOf } from './mounts.ts';
import { muted, needsScriptFile, runScript, WINDOWS_SCRIPT_FILE } from './script-program.ts';

/** What the containers of a stage share; the names are those of Docker objects. */
export interface StageResources {
  /** Empty when it could not be made. */
  readonly network: string;
  readonly workspaceVolume: string;
  /** Docker volume for each `temp` volume of the plan. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly labels: Readonly<Record<string, string>>;
}

/** What the runner gives to every container of a step (pipeline.md 7.2). */
export interface ContainerDefaults {
  /** `host:container` or `host:container:ro`. */
  readonly volumes?: readonly string[];
  /** `host`, `host:container` or `host:container:rwm`. */
  readonly devices?: readonly string[];
  readonly limits?: ResourceLimits;
}

/** 0 or absent means no limit. Those of memory yield to what the pipeline says; those of processors never do. */
export interface ResourceLimits {
  readonly memoryBytes?: number;
  /** Memory and swap together; -1 means without limit. */
  readonly memorySwapBytes?: number;
  readonly shmBytes?: number;
  /** Microseconds of processor time in each period. */
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  readonly cpuShares?: number;
  /** `0-3` or `0,2`. */
  readonly cpuSet?: string;
}

export interface ContainerSettings {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly defaults?: ContainerDefaults;
  /** The container blocks on its input until the step's turn has come (`early-start.ts`). */
  readonly isWaiting?: boolean;
}

export const TURN_VARIABLE = 'SORTIE_TURN';

/**
 * What a container runs that gets its turn later: it blocks on its input until one line arrives, and does what the
 * line says, which ends in what `runScript` gives for every container.
 */
const WAITING_PROGRAM = `IFS= read -r ${TURN_VARIABLE} && eval "$${TURN_VARIABLE}"`;

const POSIX_SHELL = ['/bin/sh', '-c'] as const;
const POWERSHELL = ['powershell', '-noprofile', '-noninteractive', '-command'] as const;

/** The container of one step (pipeline.md 7.2). Throws `step-start-failed` for what Docker cannot do. */
export function containerConfig(
  plan: Plan,
  step: PlanStep,
  resources: StageResources,
  settings: ContainerSettings,
): ContainerCreateOptions {
  const { image, defaults = {}, isWaiting = false } = settings;
  const environment = {
    DRONE_DOCKER_NETWORK_ID: resources.network,
    DRONE_DOCKER_VOLUME_ID: resources.workspaceVolume,
    ...settings.environment,
  };
  return {
    Image: image,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: {
      ...resources.labels,
      'io.drone.step.name': step.name,
      'io.drone.step.number': String(step.number),
    },
    ...program(step, environment, isWaiting),
    WorkingDir: step.workingDir,
    User: step.user,
    Tty: false,
    OpenStdin: isWaiting,
    StdinOnce: isWaiting,
    AttachStdin: isWaiting,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: hostConfig(plan, step, resources, defaults),
    NetworkingConfig:
      step.networkMode === undefined
        ? { EndpointsConfig: { [resources.network]: { Aliases: [step.name] } } }
        : undefined,
  };
}

function program(
  step: PlanStep,
  environment: Readonly<Record<string, string>>,
  isWaiting: boolean,
): { Entrypoint?: string[]; Cmd?: string[] } {
  const { script, shell = 'posix' } = step;
  if (script === undefined) {
    return {
      Entrypoint: step.entrypoint === undefined ? undefined : [...step.entrypoint],
      Cmd: step.command === undefined ? undefined : [...step.command],
    };
  }
  const isFile = needsScriptFile(step);
  if (shell === 'powershell') {
    return { Entrypoint: [...POWERSHELL], Cmd: [isFile ? `c:\\${WINDOWS_SCRIPT_FILE}` : script] };
  }
  const line = muted(isWaiting ? WAITING_PROGRAM : `${runScript(step, environment)}; exit "$?"`, step);
  return { Entrypoint: [...POSIX_SHELL], Cmd: isFile ? [line] : [line, script] };
}

function hostConfig(
  plan: Plan,
  step: PlanStep,
  resources: StageResources,
  defaults: ContainerDefaults,
): HostConfig {
  return {
    NetworkMode: step.networkMode ?? resources.network,
    Privileged: step.privileged,
    // The output is read from the attached stream; a second copy on the disk of the daemon is of no use.
    LogConfig: { Type: 'none', Config: {} },
    ...mountsOf(plan, step, resources, defaults),
    Devices: devicesOf(plan, step, defaults),
    Dns: [...step.dns],
    DnsSearch: [...step.dnsSearch],
    ExtraHosts: [...step.extraHosts],
    ...limitsOf(step, defaults.limits ?? {}),
  };
}

function limitsOf(step: PlanStep, limits: ResourceLimits): HostConfig {
  const memory = step.memoryLimitBytes ?? limits.memoryBytes;
  const swap = step.memorySwapLimitBytes ?? limits.memorySwapBytes;
  // Docker refuses swap without memory, and less of it; the runner's number must not make a pipeline an error.
  const isEnough = (memory ?? 0) > 0 && (swap === -1 || (swap ?? 0) >= (memory ?? 0));
  const isUsable = step.memorySwapLimitBytes !== undefined || isEnough;
  return {
    ShmSize: step.shmSizeBytes ?? limits.shmBytes,
    Memory: memory,
    MemorySwap: isUsable ? swap : undefined,
    CpuQuota: limits.cpuQuota,
    CpuPeriod: limits.cpuPeriod,
    CpuShares: limits.cpuShares,
    CpusetCpus: limits.cpuSet,
  };
}

/** True when the kernel may end the step for its memory. */
export function hasMemoryLimit(step: PlanStep, { limits }: ContainerDefaults): boolean {
  return (step.memoryLimitBytes ?? limits?.memoryBytes ?? 0) > 0;
}

/** The directory of the clone within the workspace volume, `` for the whole of it. */
export function checkoutPrefix({ platform, workspace: { base, path } }: Plan): string {
  if (platform.os !== 'windows') return posix.relative(base, path);
  return win32.relative(base, path).replaceAll('\\', '/');
}
