import { relative } from 'node:path/posix';
import { AppError } from '@sortie/core/errors';
import type { Plan, PlanMount, PlanStep, PlanVolume } from '@sortie/core/plan';
import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode';

/** What the containers of a stage share; the names are those of Docker objects. */
export interface StageResources {
  /** Empty when it could not be made. */
  readonly network: string;
  readonly workspaceVolume: string;
  /** Docker volume for each `temp` volume of the plan. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A longer script does not fit into one argument of a program (128 KiB on Linux) and is put in as a file. */
const MAX_ARGUMENT_BYTES = 100_000;

export const SCRIPT_FILE = '.sortie-step.sh';

export function needsScriptFile(step: PlanStep): boolean {
  return step.script !== undefined && Buffer.byteLength(step.script) > MAX_ARGUMENT_BYTES;
}

/** The container of one step (pipeline.md 7.2). Throws `step-start-failed` for what Docker cannot do. */
export function containerConfig(
  plan: Plan,
  step: PlanStep,
  resources: StageResources,
  options: { readonly image: string; readonly environment: Readonly<Record<string, string>> },
): ContainerCreateOptions {
  const environment = {
    DRONE_DOCKER_NETWORK_ID: resources.network,
    DRONE_DOCKER_VOLUME_ID: resources.workspaceVolume,
    ...options.environment,
  };
  const isIsolated = step.networkMode === undefined;
  return {
    Image: options.image,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: {
      ...resources.labels,
      'io.drone.step.name': step.name,
      'io.drone.step.number': String(step.number),
    },
    ...program(step),
    WorkingDir: step.workingDir,
    User: step.user,
    Tty: false,
    OpenStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: hostConfig(plan, step, resources),
    NetworkingConfig: isIsolated
      ? { EndpointsConfig: { [resources.network]: { Aliases: [step.name] } } }
      : undefined,
  };
}

function program(step: PlanStep): { Entrypoint?: string[]; Cmd?: string[] } {
  if (step.script !== undefined) {
    return needsScriptFile(step)
      ? { Entrypoint: ['/bin/sh'], Cmd: [`/${SCRIPT_FILE}`] }
      : { Entrypoint: ['/bin/sh', '-c'], Cmd: [step.script] };
  }
  return {
    Entrypoint: step.entrypoint === undefined ? undefined : [...step.entrypoint],
    Cmd: step.command === undefined ? undefined : [...step.command],
  };
}

function hostConfig(plan: Plan, step: PlanStep, resources: StageResources): HostConfig {
  const mounts: MountSettings[] = [];
  const binds: string[] = [];
  const tmpfs: Record<string, string> = {};
  const workspace = {
    Type: 'volume',
    Source: resources.workspaceVolume,
    Target: plan.workspace.base,
  } as const;
  // Without the copy that Docker makes of the image's files there: the checkout is all that belongs in it.
  mounts.push({
    ...workspace,
    VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: '', Options: {} } },
  });
  for (const mount of step.mounts) {
    const volume = findVolume(plan, mount);
    if (volume.kind === 'host') binds.push(bind(volume, mount));
    else if (volume.kind === 'tmpfs') tmpfs[mount.path] = sizeOption(volume);
    else mounts.push({ Type: 'volume', Source: tempVolume(volume, resources), Target: mount.path });
  }
  return {
    NetworkMode: step.networkMode ?? resources.network,
    Privileged: step.privileged,
    // The output is read from the attached stream; a second copy on the disk of the daemon is of no use.
    LogConfig: { Type: 'none', Config: {} },
    Mounts: mounts,
    Binds: binds,
    Tmpfs: tmpfs,
    Devices: step.devices.map((device) => toDevice(findVolume(plan, device), device)),
    Dns: [...step.dns],
    DnsSearch: [...step.dnsSearch],
    ExtraHosts: [...step.extraHosts],
    ShmSize: step.shmSizeBytes,
    Memory: step.memoryLimitBytes,
    MemorySwap: step.memorySwapLimitBytes,
  };
}

function findVolume(plan: Plan, mount: PlanMount): PlanVolume {
  const volume = plan.volumes.find(({ name }) => name === mount.volume);
  if (volume !== undefined) return volume;
  throw new AppError(
    'step-start-failed',
    `The pipeline has no volume named ${JSON.stringify(mount.volume)}.`,
    {
      hint: 'Declare it under volumes at the end of the pipeline.',
    },
  );
}

function tempVolume(volume: PlanVolume, resources: StageResources): string {
  const name = resources.volumes.get(volume.name);
  if (name !== undefined) return name;
  throw new AppError('step-start-failed', `A volume of the kind ${volume.kind} does not exist in Docker.`, {
    hint: 'Use temp or host, or run the pipeline on Kubernetes.',
  });
}

function bind(volume: PlanVolume, mount: PlanMount): string {
  const { path = '', readOnly } = volume;
  // Docker reads the parts of a bind by their colons.
  if (path.includes(':') || mount.path.includes(':')) {
    throw new AppError(
      'step-start-failed',
      `The path of volume ${JSON.stringify(volume.name)} holds a colon.`,
      {
        hint: 'Use a path without one.',
      },
    );
  }
  return `${path}:${mount.path}${readOnly === true ? ':ro' : ''}`;
}

function sizeOption(volume: PlanVolume): string {
  return volume.sizeBytes === undefined ? '' : `size=${volume.sizeBytes}`;
}

function toDevice(
  volume: PlanVolume,
  device: PlanMount,
): { PathOnHost: string; PathInContainer: string; CgroupPermissions: string } {
  return { PathOnHost: volume.path ?? '', PathInContainer: device.path, CgroupPermissions: 'rwm' };
}

/** The directory of the clone within the workspace volume, `` for the whole of it. */
export function checkoutPrefix(plan: Plan): string {
  return relative(plan.workspace.base, plan.workspace.path);
}
