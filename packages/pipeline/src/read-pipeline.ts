import type { CloneConfig, PipelineDocument } from './config.ts';
import type { Field, MapFields, ReadScope } from './field.ts';
import { openMap, report } from './field.ts';
import { CLONE_KEYS, CONCURRENCY_KEYS, PIPELINE_KEYS, RUNNER_ONLY_KEYS, WORKSPACE_KEYS } from './keys.ts';
import { LANGUAGE_TYPES, type LanguageType } from './language/definition.ts';
import { nearest } from './nearest.ts';
import { readConditions } from './read-conditions.ts';
import { readKubernetes } from './read-kubernetes.ts';
import { readPlatform } from './read-platform.ts';
import { readServer } from './read-server.ts';
import { readDependencies, readSteps } from './read-step.ts';
import { readVolumes } from './read-volumes.ts';
import { checkVariableName, readSettings } from './settings.ts';
import type { Place, TreeNode } from './tree.ts';
import { entriesOf } from './tree.ts';
import { readCount, readFlag, readText, readTextMap, readTexts } from './values.ts';

/**
 * One document of kind `pipeline`: its header, and for the types that are known here the rest. A pipeline of another
 * type is its runner's business. `identity` tells the name and type under which the server knows it.
 */
export function readPipeline(
  root: TreeNode,
  scope: ReadScope,
  identity: Identity = identityOf(root),
): PipelineDocument | undefined {
  const field: Field = { node: root, path: [], scope };
  const { type } = identity;
  const keys = isKnownType(type) ? PIPELINE_KEYS[type] : anyKeys(root);
  const map = openMap(field, keys, { runnerOnly: RUNNER_ONLY_KEYS.pipeline });
  if (map === undefined) return undefined;
  return {
    line: root.line,
    column: root.column,
    placeOf: map.placeOf,
    document: scope.document,
    ...readHeader(map, identity),
    ...readBodyOf(map, type),
  };
}

/** Drone's server has one idea of a pipeline, whatever its type, and refuses what does not fit it. */
function readBodyOf(map: MapFields, type: string): Body {
  if (map.field.scope.isServer) return readBody(map, 'docker');
  return isKnownType(type) ? readBody(map, type) : EMPTY_BODY;
}

/** Kind, name and type as the server knows them: before `${…}` expressions are replaced. */
export interface Identity {
  readonly kind: string;
  readonly name: string;
  readonly type: string;
}

/** The identity of a document, with Drone's defaults `default` and, for the kind `pipeline`, `docker`. */
export function identityOf(root: TreeNode): Identity {
  const entries = root.kind === 'map' ? entriesOf(root, 'joined') : undefined;
  const text = (key: string) => {
    const value = entries?.get(key)?.value;
    return value?.kind === 'scalar' && value.value.type !== 'null' ? value.text : '';
  };
  const kind = text('kind');
  return {
    kind,
    name: text('name') || 'default',
    type: text('type') || (kind === 'pipeline' ? 'docker' : ''),
  };
}

function isKnownType(type: string): type is LanguageType {
  return LANGUAGE_TYPES.some((known) => known === type);
}

/** Pipelines of other types may have keys that nobody here knows. */
function anyKeys(root: TreeNode): Record<string, 'used'> {
  const entries = root.kind === 'map' ? [...entriesOf(root).keys()] : [];
  return Object.fromEntries(entries.map((key) => [key, 'used'] as const));
}

type Header = Pick<
  PipelineDocument,
  | 'kind'
  | 'type'
  | 'name'
  | 'platform'
  | 'labels'
  | 'limit'
  | 'group'
  | 'dependsOn'
  | 'trigger'
  | 'statusPlace'
>;

function readHeader(map: MapFields, identity: Identity): Header {
  // Read for their shape: a list as name is an error.
  readText(map.get('type'));
  warnMisspeltType(map.get('type'), identity);
  readText(map.get('name'));
  const trigger = map.get('trigger');
  return {
    ...identity,
    platform: readPlatform(map.get('platform'), identity.type),
    labels: readTextMap(map.get('node')),
    ...readConcurrency(map.get('concurrency')),
    dependsOn: readDependencies(map.get('depends_on')),
    trigger: readConditions(trigger),
    statusPlace: statusPlaceIn(trigger?.node),
  };
}

/** Other types belong to runners that nobody here knows; one that is nearly a known one is a slip, and waits forever. */
function warnMisspeltType(field: Field | undefined, { kind, type }: Identity): void {
  if (field === undefined || kind !== 'pipeline' || isKnownType(type)) return;
  const guess = nearest(type, LANGUAGE_TYPES);
  if (guess === undefined) return;
  const message = `Sortie has no runner for the type ${JSON.stringify(type)}.`;
  report(field, 'warning', 'unknown-type', message, `Did you mean "${guess}"?`);
}

/** The first one in a list of alternatives. */
function statusPlaceIn(trigger: TreeNode | undefined): Place | undefined {
  const records = trigger?.kind === 'list' ? trigger.items : [trigger];
  for (const record of records) {
    const key = record?.kind === 'map' ? entriesOf(record).get('status')?.key : undefined;
    if (key !== undefined) return key;
  }
  return undefined;
}

/** A limit, or a map with one (pipeline.md 12). */
function readConcurrency(field: Field | undefined): Pick<Header, 'limit' | 'group'> {
  if (field === undefined) return { limit: 0, group: '' };
  const { node, scope } = field;
  if (node.kind === 'scalar' && node.value.type === 'int' && !scope.compatibility)
    return { limit: readCount(field), group: '' };
  const map = openMap(field, CONCURRENCY_KEYS);
  const group = scope.compatibility ? undefined : map?.get('group');
  return { limit: readCount(map?.get('limit')), group: readText(group) };
}

type Body = Omit<PipelineDocument, keyof Header | 'line' | 'column' | 'placeOf' | 'document'>;

const NO_CLONE: CloneConfig = {
  disable: false,
  depth: 0,
  retries: 0,
  skipVerify: false,
  trace: false,
  submodules: false,
  tags: false,
  lfs: false,
  image: '',
  settings: new Map(),
};

const EMPTY_BODY: Body = {
  clone: NO_CLONE,
  workspace: { base: '', path: '' },
  environment: {},
  services: [],
  steps: [],
  volumes: [],
  pullSecrets: [],
  kubernetes: undefined,
  server: undefined,
};

function readBody(map: MapFields, type: LanguageType): Body {
  const workspaceField = map.get('workspace');
  const workspace = workspaceField === undefined ? undefined : openMap(workspaceField, WORKSPACE_KEYS);
  const hasContainers = type === 'docker' || type === 'kubernetes';
  return {
    clone: readClone(map.get('clone'), type),
    workspace: { base: readText(workspace?.get('base')), path: readText(workspace?.get('path')) },
    environment: readVariables(map.get('environment')),
    services: hasContainers ? readSteps(map.get('services'), type, true) : [],
    steps: readSteps(map.get('steps'), type, false),
    volumes: hasContainers ? readVolumes(map.get('volumes'), type) : [],
    pullSecrets: hasContainers ? readTexts(map.get('image_pull_secrets')) : [],
    kubernetes: type === 'kubernetes' ? readKubernetes(map) : undefined,
    server: type === 'ssh' ? readServer(map) : undefined,
  };
}

function readVariables(field: Field | undefined): Readonly<Record<string, string>> {
  const variables = readTextMap(field);
  if (field !== undefined) for (const name of Object.keys(variables)) checkVariableName(name, field);
  return variables;
}

/** `clone: false` leaves the clone out (pipeline.md 2.5). */
function readClone(field: Field | undefined, type: LanguageType): CloneConfig {
  if (field === undefined) return NO_CLONE;
  const { node, scope } = field;
  if (node.kind === 'scalar' && node.value.type === 'bool' && !scope.compatibility)
    return { ...NO_CLONE, disable: !node.value.value };
  const map = openMap(field, CLONE_KEYS[type], { runnerOnly: RUNNER_ONLY_KEYS.clone });
  const own = {
    disable: readFlag(map?.get('disable')),
    depth: readCount(map?.get('depth')),
    retries: readCount(map?.get('retries')),
    skipVerify: readFlag(map?.get('skip_verify')),
    trace: readFlag(map?.get('trace')),
  };
  if (scope.compatibility) return { ...NO_CLONE, ...own };
  return {
    ...own,
    submodules: readFlag(map?.get('submodules')),
    tags: readFlag(map?.get('tags')),
    lfs: readFlag(map?.get('lfs')),
    image: readText(map?.get('image')),
    settings: readSettings(map?.get('settings')),
  };
}
