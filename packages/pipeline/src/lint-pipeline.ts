import type { PipelineDocument, StepConfig, VolumeConfig } from './config.ts';
import type { FindingLog, Remark } from './finding-log.ts';
import { nearest } from './nearest.ts';
import { cleanPath } from './paths.ts';
import type { ReadOptions } from './read.ts';

const MAX_NAME_BYTES = 100;
const RESERVED_VOLUMES = ['workspace', '_workspace', '_docker_socket'];

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
  lintNames(pipeline, steps, add);
  for (const step of steps) lintImage(pipeline, step, add);
  lintDependencies(pipeline, steps, add, log);
  for (const volume of pipeline.volumes) lintVolume(volume, add);
  const declared = options.compatibility === true ? undefined : pipeline.volumes;
  const names = declared === undefined ? undefined : new Set(declared.map(({ name }) => name));
  for (const step of steps) {
    // Every further mistake would look for the nearest name among all others.
    if (log.isFull()) return;
    lintMounts(step, names, add);
  }
}

type Add = (remark: Omit<Remark, 'severity'>) => void;

function lintNames(pipeline: PipelineDocument, steps: readonly StepConfig[], add: Add): void {
  const seen = new Set(pipeline.clone.disable ? [] : ['clone']);
  for (const step of steps) {
    const place = { at: step, path: [...step.path, 'name'] };
    const what = step.isService ? 'service' : 'step';
    if (step.name === '') {
      add({ code: 'missing-name', message: `The ${what} has no name.`, hint: 'Add a "name".', ...place });
      continue;
    }
    if (pipeline.type === 'docker' && new TextEncoder().encode(step.name).length > MAX_NAME_BYTES) {
      const message = `The name of the ${what} is longer than ${MAX_NAME_BYTES} bytes.`;
      add({ code: 'name-too-long', message, hint: 'Shorten it.', ...place });
    }
    if (seen.has(step.name)) {
      const isClone = step.name === 'clone' && !pipeline.clone.disable;
      const message = isClone
        ? 'The name "clone" belongs to the step that fetches the repository.'
        : `The name ${JSON.stringify(step.name)} is used twice.`;
      const hint = isClone ? 'Rename it, or set "clone: {disable: true}".' : 'Rename one of them.';
      add({ code: 'duplicate-step', message, hint, ...place });
    }
    seen.add(step.name);
  }
}

function lintImage(pipeline: PipelineDocument, step: StepConfig, add: Add): void {
  const place = { at: step, path: [...step.path, 'image'] };
  const name = JSON.stringify(step.name);
  if (pipeline.type === 'exec' && step.image !== '') {
    const hint = 'Remove the image, or use "type: docker".';
    add({ code: 'exec-image', message: `The exec step ${name} cannot have an image.`, hint, ...place });
  }
  if (pipeline.type === 'docker' && step.image === '') {
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

function lintVolume(volume: VolumeConfig, add: Add): void {
  const place = { at: volume, path: [...volume.path, 'name'] };
  if (volume.name === '') {
    add({ code: 'missing-name', message: 'The volume has no name.', hint: 'Add a "name".', ...place });
  } else if (RESERVED_VOLUMES.includes(volume.name)) {
    const message = `The volume name ${JSON.stringify(volume.name)} is reserved.`;
    add({ code: 'reserved-volume', message, hint: 'Rename the volume.', ...place });
  }
}

function lintMounts(step: StepConfig, names: ReadonlySet<string> | undefined, add: Add): void {
  for (const mount of [...step.mounts, ...step.devices]) {
    const place = { at: mount, path: mount.path };
    const name = JSON.stringify(mount.volume);
    if (RESERVED_VOLUMES.includes(mount.volume)) {
      add({
        code: 'reserved-volume',
        message: `The volume name ${name} is reserved.`,
        hint: 'Rename it.',
        ...place,
      });
    } else if (names !== undefined && !names.has(mount.volume) && !isOpen(mount.volume)) {
      const guess = nearest(mount.volume, names);
      const hint =
        guess !== undefined ? `Did you mean "${guess}"?` : 'Declare it under "volumes" of the pipeline.';
      add({ code: 'unknown-volume', message: `There is no volume called ${name}.`, hint, ...place });
    }
    if (cleanPath(mount.target).startsWith('/run/drone')) {
      const message = 'Nothing can be mounted at or below /run/drone.';
      add({ code: 'reserved-path', message, hint: 'Mount it somewhere else.', ...place });
    }
  }
}

function isOpen(name: string): boolean {
  return name.includes('${');
}
