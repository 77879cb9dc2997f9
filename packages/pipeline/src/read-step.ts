import type { FailurePolicy, PullPolicy } from '@sortie/core/plan';
import type { LocatedText, MountConfig, StepConfig } from './config.ts';
import type { Field, MapFields } from './field.ts';
import { nameOf, openList, openMap, report } from './field.ts';
import { MOUNT_KEYS, STEP_KEYS } from './keys.ts';
import { readConditions } from './read-conditions.ts';
import { readEnvironment, readSettings } from './settings.ts';
import { isNull } from './tree.ts';
import { readFlag, readSize, readText, readTextFields, readTexts } from './values.ts';

/** Pipeline types that this version reads in full. */
export type SupportedType = keyof typeof STEP_KEYS;

/** The steps or services of a pipeline; what is no step is reported and left out. */
export function readSteps(
  field: Field | undefined,
  type: SupportedType,
  isService: boolean,
): readonly StepConfig[] {
  if (field === undefined) return [];
  const steps: StepConfig[] = [];
  for (const item of openList(field, 'a list of steps', false) ?? []) {
    const step = readStep(item, type, isService);
    if (step !== undefined) steps.push(step);
  }
  return steps;
}

function readStep(field: Field, type: SupportedType, isService: boolean): StepConfig | undefined {
  if (isNull(field.node)) {
    report(field, 'error', 'empty-step', `${nameOf(field)} is empty.`, 'Remove the dash, or write the step.');
    return undefined;
  }
  const map = openMap(field, STEP_KEYS[type]);
  if (map === undefined) return undefined;
  return {
    line: field.node.line,
    column: field.node.column,
    path: field.path,
    isService,
    name: readText(map.get('name')),
    commands: readTexts(map.get('commands')),
    environment: readEnvironment(map.get('environment')),
    dependsOn: readLocated(map.get('depends_on')),
    failure: readFailure(map.get('failure'), type),
    detach: readFlag(map.get('detach')),
    when: readConditions(map.get('when')),
    ...readContainer(map),
  };
}

type ContainerConfig = Omit<
  StepConfig,
  | 'line'
  | 'column'
  | 'path'
  | 'isService'
  | 'name'
  | 'commands'
  | 'environment'
  | 'dependsOn'
  | 'failure'
  | 'detach'
  | 'when'
>;

function readContainer(map: MapFields): ContainerConfig {
  return {
    image: readText(map.get('image')),
    settings: readSettings(map.get('settings')),
    pull: readPull(map.get('pull')),
    entrypoint: readTexts(map.get('entrypoint')),
    command: readTexts(map.get('command')),
    privileged: readFlag(map.get('privileged')),
    user: readText(map.get('user')),
    workingDir: readText(map.get('working_dir')),
    mounts: readMounts(map.get('volumes')),
    devices: readMounts(map.get('devices')),
    networkMode: readText(map.get('network_mode')),
    dns: readTexts(map.get('dns')),
    dnsSearch: readTexts(map.get('dns_search')),
    extraHosts: readTexts(map.get('extra_hosts')),
    shmSizeBytes: readSize(map.get('shm_size')),
    memoryLimitBytes: readSize(map.get('mem_limit')),
    memorySwapLimitBytes: readSize(map.get('memswap_limit')),
  };
}

/** A list of names with their places. */
export function readLocated(field: Field | undefined): readonly LocatedText[] {
  return readTextFields(field).map((item) => ({
    text: readText(item),
    line: item.node.line,
    column: item.node.column,
    path: item.path,
  }));
}

function readFailure(field: Field | undefined, type: SupportedType): FailurePolicy {
  const text = readText(field);
  const isExec = type === 'exec';
  if (text === 'ignore' || (isExec && text.toLowerCase() === 'ignore')) return 'ignore';
  if (!isExec && ['fast', 'fast-fail', 'fail-fast'].includes(text)) return 'fast';
  if (field !== undefined && text !== '' && text !== 'fail' && !text.includes('${')) {
    const hint = isExec ? 'Write ignore, or remove the key.' : 'Write ignore or fast, or remove the key.';
    report(field, 'warning', 'unknown-failure', `${nameOf(field)} has no effect with this value.`, hint);
  }
  return 'fail';
}

function readPull(field: Field | undefined): PullPolicy {
  const text = readText(field).toLowerCase();
  if (text === 'always' || text === 'if-not-exists' || text === 'never') return text;
  if (field !== undefined && text !== '' && text !== 'default' && !text.includes('${')) {
    const hint = 'Write always, if-not-exists or never.';
    report(field, 'warning', 'unknown-pull', `${nameOf(field)} has no effect with this value.`, hint);
  }
  return 'default';
}

function readMounts(field: Field | undefined): readonly MountConfig[] {
  if (field === undefined) return [];
  const mounts: MountConfig[] = [];
  for (const item of openList(field, 'a list of maps with "name" and "path"', false) ?? []) {
    const map = openMap(item, MOUNT_KEYS);
    if (map === undefined) continue;
    const { line, column } = item.node;
    const volume = readText(map.get('name'));
    mounts.push({ volume, target: readText(map.get('path')), line, column, path: item.path });
  }
  return mounts;
}
