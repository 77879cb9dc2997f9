import { AppError } from '@sortie/core/errors';
import type { Plan, PlanMount, PlanStep, PlanVolume } from '@sortie/core/plan';
import type { DeviceMapping, MountSettings } from 'dockerode';
import type { ContainerDefaults, StageResources } from './container-config.ts';

/** What of other places a container sees, in the words of Docker. */
export interface ContainerMounts {
  readonly Mounts: MountSettings[];
  readonly Binds: string[];
  readonly Tmpfs: Record<string, string>;
}

/**
 * Workspace, volumes of the step and volumes of the runner; where the step has one at the same place, its own
 * counts. Throws `step-start-failed` for what Docker cannot do and for paths that lead elsewhere than they say.
 */
export function mountsOf(
  plan: Plan,
  step: PlanStep,
  resources: StageResources,
  { volumes = [] }: ContainerDefaults,
): ContainerMounts {
  const all: ContainerMounts = { Mounts: [workspace(plan, resources)], Binds: [], Tmpfs: {} };
  for (const mount of step.mounts) add(all, findVolume(plan, mount), mount, resources);
  const taken = new Set([plan.workspace.base, ...step.mounts.map(({ path }) => path)]);
  for (const text of volumes) {
    const { source, target, isReadOnly } = parseBind(text);
    if (taken.has(target)) continue;
    all.Binds.push(`${source}:${target}${isReadOnly ? ':ro' : ''}`);
  }
  return all;
}

/** The devices of the step and those of the runner. */
export function devicesOf(plan: Plan, step: PlanStep, { devices = [] }: ContainerDefaults): DeviceMapping[] {
  const own = step.devices.map((device) =>
    toDevice(findVolume(plan, device).path ?? '', checkedPath(device.path, 'device'), 'rwm'),
  );
  const shared = devices.map((text) => {
    const [source = '', target = source, permissions = 'rwm'] = text.split(':');
    return toDevice(source, target, permissions);
  });
  return [...own, ...shared];
}

function toDevice(source: string, target: string, permissions: string): DeviceMapping {
  return { PathOnHost: source, PathInContainer: target, CgroupPermissions: permissions };
}

function workspace({ workspace: { base } }: Plan, { workspaceVolume }: StageResources): MountSettings {
  return {
    Type: 'volume',
    Source: workspaceVolume,
    Target: base,
    // Without the copy that Docker makes of the image's files there: the checkout is all that belongs in it.
    VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: '', Options: {} } },
  };
}

function add(all: ContainerMounts, volume: PlanVolume, mount: PlanMount, resources: StageResources): void {
  const target = checkedPath(mount.path, 'volume');
  if (volume.kind === 'host') addHost(all, volume, target);
  else if (volume.kind === 'tmpfs') all.Tmpfs[target] = sizeOption(volume);
  else all.Mounts.push({ Type: 'volume', Source: tempVolume(volume, resources), Target: target });
}

function addHost(all: ContainerMounts, { name, path = '', readOnly }: PlanVolume, target: string): void {
  if (/^\\\\\.\\pipe\\/.test(path)) {
    // The type of the library does not know the pipes of Windows.
    all.Mounts.push({ Type: 'npipe' as 'bind', Source: path, Target: target });
    return;
  }
  const source = checkedSource(path);
  // Docker reads the parts of a bind by their colons, of which a drive of Windows has one.
  if (source.replace(/^[A-Za-z]:/, '').includes(':') || target.replace(/^[A-Za-z]:/, '').includes(':')) {
    throw new AppError('step-start-failed', `The path of volume ${JSON.stringify(name)} holds a colon.`, {
      hint: 'Use a path without one.',
    });
  }
  all.Binds.push(`${source}:${target}${readOnly === true ? ':ro' : ''}`);
}

/** A path of the machine, or the name of a volume that Docker keeps beyond the stage. */
function checkedSource(text: string): string {
  return /^[A-Za-z0-9][\w.-]+$/.test(text) ? text : checkedPath(text, 'volume');
}

/** Refuses paths whose meaning depends on where one stands, or that climb. */
function checkedPath(path: string, what: string): string {
  const isAbsolute = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
  if (isAbsolute && !path.split(/[\\/]/).includes('..') && !path.includes('\0')) return path;
  throw new AppError('step-start-failed', `The path ${JSON.stringify(path)} of a ${what} cannot be used.`, {
    hint: 'Write an absolute path without `..`.',
  });
}

function findVolume(plan: Plan, mount: PlanMount): PlanVolume {
  const volume = plan.volumes.find(({ name }) => name === mount.volume);
  if (volume !== undefined) return volume;
  const message = `The pipeline has no volume named ${JSON.stringify(mount.volume)}.`;
  throw new AppError('step-start-failed', message, {
    hint: 'Declare it under volumes at the end of the pipeline.',
  });
}

function tempVolume(volume: PlanVolume, resources: StageResources): string {
  const name = resources.volumes.get(volume.name);
  if (name !== undefined) return name;
  throw new AppError('step-start-failed', `A volume of the kind ${volume.kind} does not exist in Docker.`, {
    hint: 'Use temp or host, or run the pipeline on Kubernetes.',
  });
}

function sizeOption(volume: PlanVolume): string {
  return volume.sizeBytes === undefined ? '' : `size=${volume.sizeBytes}`;
}

/** `host:container` or `name:container`, either with `:ro`, as the setting of the runner has it; drives of Windows are no parts. */
export function parseBind(text: string): { source: string; target: string; isReadOnly: boolean } {
  const match = /^((?:[A-Za-z]:)?[^:]+):((?:[A-Za-z]:)?[^:]+?)(?::(ro|rw))?$/.exec(text);
  const [, source = '', target = '', mode] = match ?? [];
  if (match === null) {
    throw new AppError('config-value', `${JSON.stringify(text)} is not a volume for steps.`, {
      hint: 'Write host:container or host:container:ro in DRONE_RUNNER_VOLUMES.',
    });
  }
  return {
    source: checkedSource(source),
    target: checkedPath(target, 'volume'),
    isReadOnly: mode === 'ro',
  };
}
