import type { Platform } from '@sortie/core/plan';
import type { CloneConfig, PipelineDocument } from './config.ts';
import type { Field, MapFields, ReadScope } from './field.ts';
import { openMap, report, reportUnsupported } from './field.ts';
import { CLONE_KEYS, CONCURRENCY_KEYS, PIPELINE_KEYS, PLATFORM_KEYS, WORKSPACE_KEYS } from './keys.ts';
import { readConditions } from './read-conditions.ts';
import type { SupportedType } from './read-step.ts';
import { readLocated, readSteps } from './read-step.ts';
import { readVolumes } from './read-volumes.ts';
import { checkVariableName } from './settings.ts';
import type { TreeNode } from './tree.ts';
import { entriesOf } from './tree.ts';
import { readCount, readFlag, readText, readTextMap } from './values.ts';

/**
 * One document of kind `pipeline`: its header, and for the supported types the rest. `identity` tells the name and
 * type under which the server knows it.
 */
export function readPipeline(
  root: TreeNode,
  scope: ReadScope,
  identity: Identity = identityOf(root),
): PipelineDocument | undefined {
  const field: Field = { node: root, path: [], scope };
  const { type } = identity;
  const map = openMap(field, isSupported(type) ? PIPELINE_KEYS[type] : anyKeys(root));
  if (map === undefined) return undefined;
  if (!isSupported(type)) {
    reportUnsupported(map.get('type') ?? field, `Pipeline type ${JSON.stringify(type)}`);
  }
  return {
    line: root.line,
    column: root.column,
    document: scope.document,
    ...readHeader(map, identity),
    ...(isSupported(type) ? readBody(map, type) : EMPTY_BODY),
  };
}

/** Name and type as the server knows them: before `${…}` expressions are replaced. */
export interface Identity {
  readonly name: string;
  readonly type: string;
}

/** The identity of a document of kind `pipeline`, with Drone's defaults `default` and `docker`. */
export function identityOf(root: TreeNode): Identity {
  const entries = root.kind === 'map' ? entriesOf(root, 'joined') : undefined;
  const text = (key: string) => {
    const value = entries?.get(key)?.value;
    return value?.kind === 'scalar' && value.value.type !== 'null' ? value.text : '';
  };
  return { name: text('name') || 'default', type: text('type') || 'docker' };
}

function isSupported(type: string): type is SupportedType {
  return Object.hasOwn(PIPELINE_KEYS, type);
}

/** Pipelines of other types may have keys that nobody here knows. */
function anyKeys(root: TreeNode): Record<string, 'used'> {
  const entries = root.kind === 'map' ? root.entries : [];
  return Object.fromEntries(entries.map(({ key }) => [key.text, 'used'] as const));
}

type Header = Pick<
  PipelineDocument,
  'kind' | 'type' | 'name' | 'platform' | 'labels' | 'limit' | 'dependsOn' | 'trigger'
>;

function readHeader(map: MapFields, identity: Identity): Header {
  // Read for their shape: a list as name is an error.
  readText(map.get('type'));
  readText(map.get('name'));
  const concurrency = map.get('concurrency');
  return {
    kind: 'pipeline',
    ...identity,
    platform: readPlatform(map.get('platform'), identity.type),
    labels: readTextMap(map.get('node')),
    limit: concurrency === undefined ? 0 : readCount(openMap(concurrency, CONCURRENCY_KEYS)?.get('limit')),
    dependsOn: readLocated(map.get('depends_on')),
    trigger: readConditions(map.get('trigger')),
  };
}

type Body = Pick<PipelineDocument, 'clone' | 'workspace' | 'environment' | 'services' | 'steps' | 'volumes'>;

const EMPTY_BODY: Body = {
  clone: { disable: false, depth: 0, retries: 0, skipVerify: false, trace: false },
  workspace: { base: '', path: '' },
  environment: {},
  services: [],
  steps: [],
  volumes: [],
};

function readBody(map: MapFields, type: SupportedType): Body {
  const workspaceField = map.get('workspace');
  const workspace = workspaceField === undefined ? undefined : openMap(workspaceField, WORKSPACE_KEYS);
  return {
    clone: readClone(map.get('clone')),
    workspace: { base: readText(workspace?.get('base')), path: readText(workspace?.get('path')) },
    environment: readVariables(map.get('environment')),
    services: type === 'exec' ? [] : readSteps(map.get('services'), type, true),
    steps: readSteps(map.get('steps'), type, false),
    volumes: type === 'exec' ? [] : readVolumes(map.get('volumes')),
  };
}

function readVariables(field: Field | undefined): Readonly<Record<string, string>> {
  const variables = readTextMap(field);
  if (field !== undefined) for (const name of Object.keys(variables)) checkVariableName(name, field);
  return variables;
}

function readClone(field: Field | undefined): CloneConfig {
  const map = field === undefined ? undefined : openMap(field, CLONE_KEYS);
  return {
    disable: readFlag(map?.get('disable')),
    depth: readCount(map?.get('depth')),
    retries: readCount(map?.get('retries')),
    skipVerify: readFlag(map?.get('skip_verify')),
    trace: readFlag(map?.get('trace')),
  };
}

const DOCKER_OS = ['linux', 'windows'];
const DOCKER_ARCH = ['amd64', 'arm64', 'arm', 'ppc64le', 's390x'];

function readPlatform(field: Field | undefined, type: string): Platform {
  const map = field === undefined ? undefined : openMap(field, PLATFORM_KEYS);
  const os = map?.get('os');
  const arch = map?.get('arch');
  if (type === 'docker') {
    checkWord(os, DOCKER_OS);
    checkWord(arch, DOCKER_ARCH);
    if (os !== undefined && readText(os) === 'windows') reportUnsupported(os, 'The platform "windows"');
  }
  return {
    os: readText(os) || 'linux',
    arch: readText(arch) || 'amd64',
    variant: readText(map?.get('variant')),
    version: readText(map?.get('version')),
  };
}

function checkWord(field: Field | undefined, words: readonly string[]): void {
  const text = readText(field);
  if (field === undefined || text === '' || words.includes(text)) return;
  const message = `No docker runner has the platform ${JSON.stringify(text)}.`;
  report(field, 'error', 'unknown-platform', message, `Write one of ${words.join(', ')}.`);
}
