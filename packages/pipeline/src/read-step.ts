import type { FailurePolicy, PullPolicy } from '@sortie/core/plan';
import type { Dependency, Quantities, StepConfig } from './config.ts';
import type { Field, MapFields } from './field.ts';
import { nameOf, openFreeMap, openList, openMap, report, reportShape } from './field.ts';
import { DEPENDENCY_KEYS, QUANTITY_KEYS, RESOURCES_KEYS, RUNNER_ONLY_KEYS, STEP_KEYS } from './keys.ts';
import type { LanguageType } from './language/definition.ts';
import { readConditions } from './read-conditions.ts';
import { readMounts } from './read-volumes.ts';
import { readEnvironment, readSettings } from './settings.ts';
import { isNull } from './tree.ts';
import { readCount, readFlag, readMillis, readSize, readText, readTexts } from './values.ts';

/**
 * The steps or services of a pipeline; what is no step is reported and left out. A map holds them by their names
 * (pipeline.md 12).
 */
export function readSteps(
  field: Field | undefined,
  type: LanguageType,
  isService: boolean,
): readonly StepConfig[] {
  if (field === undefined) return [];
  const isMap = field.node.kind === 'map' && !field.scope.compatibility;
  const items = isMap
    ? (openFreeMap(field, 'a list of steps') ?? [])
    : (openList(field, 'a list of steps', false) ?? []).map((item) => ['', item] as const);
  const steps: StepConfig[] = [];
  for (const [name, item] of items) {
    const step = readStep(item, type, { name, isService });
    if (step !== undefined) steps.push(step);
  }
  return steps;
}

function readStep(
  field: Field,
  type: LanguageType,
  given: { readonly name: string; readonly isService: boolean },
): StepConfig | undefined {
  if (isNull(field.node)) {
    // Drone's server takes it; its runners do not.
    if (!field.scope.isServer)
      report(field, 'error', 'empty-step', `${nameOf(field)} is empty.`, 'Remove it, or write the step.');
    return undefined;
  }
  const map = openMap(field, STEP_KEYS[type], { runnerOnly: RUNNER_ONLY_KEYS.step });
  if (map === undefined) return undefined;
  if (field.scope.compatibility) checkIdle(map);
  return {
    line: field.node.line,
    column: field.node.column,
    placeOf: map.placeOf,
    path: field.path,
    isService: given.isService,
    name: readText(map.get('name')) || given.name,
    commands: readTexts(map.get('commands')),
    environment: readEnvironment(map.get('environment')),
    dependsOn: readDependencies(map.get('depends_on')),
    failure: readFailure(map.get('failure'), type),
    detach: readFlag(map.get('detach')),
    when: readConditions(map.get('when')),
    ...readContainer(map, type),
  };
}

type CommonKey = 'line' | 'column' | 'placeOf' | 'path' | 'isService' | 'name' | 'commands';
type FlowKey = 'environment' | 'dependsOn' | 'failure' | 'detach' | 'when';
type ContainerConfig = Omit<StepConfig, CommonKey | FlowKey>;

function readContainer(map: MapFields, type: LanguageType): ContainerConfig {
  const isKubernetes = type === 'kubernetes';
  return {
    image: readText(map.get('image')),
    settings: readSettings(map.get('settings')),
    pull: readPull(map.get('pull')),
    entrypoint: readTexts(map.get('entrypoint')),
    command: readTexts(map.get('command')),
    privileged: readFlag(map.get('privileged')),
    user: readUser(map.get('user'), isKubernetes),
    workingDir: readText(map.get('working_dir')),
    mounts: readMounts(map.get('volumes'), type),
    devices: readMounts(map.get('devices'), type),
    networkMode: readText(map.get('network_mode')),
    dns: readTexts(map.get('dns')),
    dnsSearch: readTexts(map.get('dns_search')),
    extraHosts: readTexts(map.get('extra_hosts')),
    shmSizeBytes: readSize(map.get('shm_size')),
    memoryLimitBytes: readSize(map.get('mem_limit')),
    memorySwapLimitBytes: readSize(map.get('memswap_limit')),
    group: isKubernetes ? readCount(map.get('group')) : 0,
    limits: readQuantities(map.get('resources'), 'limits', isKubernetes),
  };
}

/** A pod knows users by their numbers only. */
function readUser(field: Field | undefined, isKubernetes: boolean): string {
  if (field === undefined || isNull(field.node) || !isKubernetes || field.scope.isServer)
    return readText(field);
  const { node } = field;
  // An expression is a number only after it has been replaced.
  if (node.kind === 'scalar' && (node.value.type === 'int' || node.text.includes('${'))) return node.text;
  reportShape(field, 'the number of a user', 'Write a number without quotes, such as 1000.');
  return '';
}

/** `requests` or `limits` of a `resources` map. */
export function readQuantities(
  field: Field | undefined,
  kind: 'requests' | 'limits',
  isUsed: boolean,
): Quantities {
  const none = { cpuMillis: 0, memoryBytes: 0 };
  // Outside of Kubernetes only Drone's server minds the shape.
  if (field === undefined || !(isUsed || field.scope.compatibility)) return none;
  const inside = openMap(field, RESOURCES_KEYS)?.get(kind);
  const map = inside === undefined ? undefined : openMap(inside, QUANTITY_KEYS);
  if (map === undefined) return none;
  return { cpuMillis: readMillis(map.get('cpu')), memoryBytes: readSize(map.get('memory')) };
}

/** What Drone's server reads without using it: a value of another shape is an error there. */
function checkIdle(map: MapFields): void {
  readText(map.get('shell'));
  for (const key of ['build', 'push']) {
    const field = map.get(key);
    if (field?.node.kind === 'list') reportShape(field, 'text or a map');
  }
  const ports = map.get('ports');
  if (ports === undefined) return;
  for (const item of openList(ports, 'a list of numbers', false) ?? [])
    if (item.node.kind !== 'map') readCount(item);
}

/** Names under `depends_on` with their places; a map says that one need not exist (pipeline.md 12). */
export function readDependencies(field: Field | undefined): readonly Dependency[] {
  if (field === undefined) return [];
  const dependencies: Dependency[] = [];
  for (const item of openList(field, 'a list of names') ?? []) {
    const { line, column, kind } = item.node;
    const isMap = kind === 'map' && !item.scope.compatibility;
    const map = isMap ? openMap(item, DEPENDENCY_KEYS) : undefined;
    if (kind === 'list' || (kind === 'map' && !isMap)) reportShape(item, 'a name');
    else {
      const text = isMap ? readText(map?.get('name')) : readText(item);
      const isOptional = readFlag(map?.get('optional'));
      dependencies.push({ text, isOptional, line, column, path: item.path });
    }
  }
  return dependencies;
}

function readFailure(field: Field | undefined, type: LanguageType): FailurePolicy {
  const text = readText(field);
  const isExec = type === 'exec';
  const isCompatible = field?.scope.compatibility === true;
  if (text === 'ignore' || (isExec && text.toLowerCase() === 'ignore')) return 'ignore';
  const fast = isCompatible ? FAST_WORDS : [...FAST_WORDS, 'cancel'];
  // Drone's exec runner does not know the word.
  if (!(isExec && isCompatible) && fast.includes(text)) return 'fast';
  if (field !== undefined && text !== '' && text !== 'fail' && !text.includes('${')) {
    const hint = 'Write ignore or fast, or remove the key.';
    report(field, 'warning', 'unknown-failure', `${nameOf(field)} has no effect with this value.`, hint);
  }
  return 'fail';
}

const FAST_WORDS = ['fast', 'fast-fail', 'fail-fast'];

function readPull(field: Field | undefined): PullPolicy {
  const text = readText(field).toLowerCase();
  if (text === 'always' || text === 'if-not-exists' || text === 'never') return text;
  if (field !== undefined && text !== '' && text !== 'default' && !text.includes('${')) {
    const hint = 'Write always, if-not-exists or never.';
    report(field, 'warning', 'unknown-pull', `${nameOf(field)} has no effect with this value.`, hint);
  }
  return 'default';
}
