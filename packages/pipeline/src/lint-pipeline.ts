import type { PipelineDocument, StepConfig, VolumeConfig } from './config.ts';
import type { FindingLog, Remark } from './finding-log.ts';
import { nearest } from './nearest.ts';
import { cleanPath } from './paths.ts';
import type { ReadOptions } from './read.ts';

const MAX_NAME_BYTES = 100;
const RESERVED_VOLUMES = ['workspace', '_workspace', '_docker_socket'];
/** The runner of Kubernetes has a volume for itself, and one whose mounts it leaves to everybody. */
const RESERVED_IN_POD = [...RESERVED_VOLUMES, '_status'];

/**
 * The steps, services and volumes of one pipeline (pipeline.md 10.2, 10.3 without trust). Names that hold an
 * expression are compared as they are written, and only the runner knows whether they fit in the end.
 */
export function lintPipeline(
  pipeline: PipelineDocument,
  options: Pick<ReadOptions, 'compatibility'>,
  log: FindingLog,
): void {
  const add = (remark: Omit<Remark, 'severity'>) =>
    log.add(pipeline.document, { severity: 'error', ...remark });
  const steps = [...pipeline.services, ...pipeline.steps];
  if (options.compatibility !== true && byteLength(pipeline.name) > MAX_NAME_BYTES) {
    const message = `The name of the pipeline is longer than ${MAX_NAME_BYTES} bytes.`;
    add({
      code: 'name-too-long',
      message,
      hint: 'Shorten it.',
      at: pipeline.placeOf('name'),
      path: ['name'],
    });
  }
  lintNames(pipeline, steps, { add, isCompatible: options.compatibility === true });
  for (const step of steps) lintImage(pipeline, step, add);
  lintDependencies(pipeline, steps, add, log);
  for (const volume of pipeline.volumes) lintVolume(volume, pipeline.type, add);
  const declared = options.compatibility === true ? undefined : pipeline.volumes;
  const names = declared === undefined ? undefined : new Set(declared.map(({ name }) => name));
  for (const step of steps) {
    // Every further mistake would look for the nearest name among all others.
    if (log.isFull()) return;
    lintMounts(step, pipeline.type, { names, add });
  }
}

type Add = (remark: Omit<Remark, 'severity'>) => void;

/** The name of a step: there, short enough for a container, unique. */
export function lintNames(
  { type, clone }: Pick<PipelineDocument, 'type' | 'clone'>,
  steps: readonly StepConfig[],
  { add, isCompatible }: { readonly add: Add; readonly isCompatible: boolean },
): void {
  // Drone's exec runner takes a step that is called as its own.
  const hasClone = !clone.disable && !(isCompatible && type === 'exec');
  const seen = new Set(hasClone ? ['clone'] : []);
  for (const step of steps) {
    const place = { at: step.placeOf('name'), path: [...step.path, 'name'] };
    const what = step.isService ? 'service' : 'step';
    // One service without a name is fine for Drone.
    if (step.name === '' && !(isCompatible && step.isService)) {
      add({ code: 'missing-name', message: `The ${what} has no name.`, hint: 'Add a "name".', ...place });
      continue;
    }
    if (isContainerType(type) && byteLength(step.name) > MAX_NAME_BYTES) {
      const message = `The name of the ${what} is longer than ${MAX_NAME_BYTES} bytes.`;
      add({ code: 'name-too-long', message, hint: 'Shorten it.', ...place });
    }
    if (seen.has(step.name)) add({ ...duplicateOf(step.name, hasClone), ...place });
    seen.add(step.name);
  }
}

function duplicateOf(name: string, hasClone: boolean): Pick<Remark, 'code' | 'message' | 'hint'> {
  const isClone = name === 'clone' && hasClone;
  const message = isClone
    ? 'The name "clone" belongs to the step that fetches the repository.'
    : `The name ${JSON.stringify(name)} is used twice.`;
  const hint = isClone ? 'Rename it, or set "clone: {disable: true}".' : 'Rename one of them.';
  return { code: 'duplicate-step', message, hint };
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function isContainerType(type: string): boolean {
  return type === 'docker' || type === 'kubernetes';
}

export function lintImage({ type }: Pick<PipelineDocument, 'type'>, step: StepConfig, add: Add): void {
  const place = { at: step.placeOf('image'), path: [...step.path, 'image'] };
  const name = JSON.stringify(step.name);
  if (type === 'exec' && step.image !== '') {
    const hint = 'Remove the image, or use "type: docker".';
    add({ code: 'exec-image', message: `The exec step ${name} cannot have an image.`, hint, ...place });
  }
  if (isContainerType(type) && step.image === '') {
    const hint = 'Add an "image" such as golang:1.26.';
    add({ code: 'missing-image', message: `The step ${name} has no image.`, hint, ...place });
  }
}

/** Dependencies must be written before the step that needs them, services before steps. */
function lintDependencies(
  pipeline: PipelineDocument,
  steps: readonly StepConfig[],
  add: Add,
  log: FindingLog,
): void {
  const all = new Set(steps.map(({ name }) => name));
  const hasOpenNames = [...all].some(isOpen);
  const earlier = new Set(pipeline.clone.disable ? [] : ['clone']);
  for (const step of steps) {
    for (const dependency of step.dependsOn) {
      if (log.isFull()) return;
      const name = dependency.text;
      if (dependency.isOptional && !all.has(name)) continue;
      const place = { at: dependency, path: dependency.path };
      if (name === step.name) {
        const message = `The step ${JSON.stringify(name)} depends on itself.`;
        add({ code: 'self-dependency', message, hint: 'Remove its own name from "depends_on".', ...place });
      } else if (!earlier.has(name) && !isOpen(name) && (all.has(name) || !hasOpenNames)) {
        add({ ...explain(name, all, pipeline), ...place });
      }
    }
    earlier.add(step.name);
  }
}

function explain(
  name: string,
  all: ReadonlySet<string>,
  pipeline: PipelineDocument,
): { readonly code: string; readonly message: string; readonly hint: string } {
  const quoted = JSON.stringify(name);
  if (all.has(name)) {
    const hint = 'Move it above the steps that depend on it. Services stand above all steps.';
    return { code: 'later-dependency', message: `The step ${quoted} stands later in the file.`, hint };
  }
  if (name === 'clone') {
    const hint = 'Remove the name, since "clone" is disabled.';
    return { code: 'unknown-dependency', message: 'There is no clone step in this pipeline.', hint };
  }
  const guess = nearest(name, all);
  const isPipeline = pipeline.dependsOn.some(({ text }) => text === name);
  const hint =
    guess !== undefined ? `Did you mean "${guess}"?` : 'Only steps and services of the same pipeline count.';
  const suffix = isPipeline ? '; it is a pipeline' : '';
  return { code: 'unknown-dependency', message: `There is no step called ${quoted}${suffix}.`, hint };
}

function lintVolume(volume: VolumeConfig, type: string, add: Add): void {
  const place = { at: volume.placeOf('name'), path: [...volume.path, 'name'] };
  const isTaken = [...reservedIn(type), ...(type === 'kubernetes' ? ['_addons'] : [])].includes(volume.name);
  if (volume.name === '') {
    add({ code: 'missing-name', message: 'The volume has no name.', hint: 'Add a "name".', ...place });
  } else if (isTaken) {
    const message = `The volume name ${JSON.stringify(volume.name)} is reserved.`;
    add({ code: 'reserved-volume', message, hint: 'Rename the volume.', ...place });
  }
}

function reservedIn(type: string): readonly string[] {
  return type === 'kubernetes' ? RESERVED_IN_POD : RESERVED_VOLUMES;
}

function lintMounts(
  step: StepConfig,
  type: string,
  { names, add }: { readonly names: ReadonlySet<string> | undefined; readonly add: Add },
): void {
  for (const mount of [...step.mounts, ...step.devices]) {
    const place = { at: mount.placeOf('name'), path: [...mount.path, 'name'] };
    const name = JSON.stringify(mount.volume);
    if (reservedIn(type).includes(mount.volume)) {
      const message = `The volume name ${name} is reserved.`;
      add({ code: 'reserved-volume', message, hint: 'Rename it.', ...place });
    } else if (names !== undefined && !names.has(mount.volume) && !isOpen(mount.volume)) {
      const guess = nearest(mount.volume, names);
      const hint =
        guess !== undefined ? `Did you mean "${guess}"?` : 'Declare it under "volumes" of the pipeline.';
      add({ code: 'unknown-volume', message: `There is no volume called ${name}.`, hint, ...place });
    }
    if (cleanPath(mount.target).startsWith('/run/drone')) {
      const message = 'Nothing can be mounted at or below /run/drone.';
      const at = { at: mount.placeOf('path'), path: [...mount.path, 'path'] };
      add({ code: 'reserved-path', message, hint: 'Mount it somewhere else.', ...at });
    }
  }
}

function isOpen(name: string): boolean {
  return name.includes('${');
}
