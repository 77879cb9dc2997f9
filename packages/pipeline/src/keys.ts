import type { KeyTable } from './field.ts';
import { CONDITIONS, PATH_PATTERNS, PATTERNS, VARIABLE } from './language/condition-fields.ts';
import { keysOf, LANGUAGE_TYPES, type LanguageType, type RecordDefinition } from './language/definition.ts';
import { SECRET, SECRET_SOURCE, SIGNATURE } from './language/document-fields.ts';
import {
  CLONE,
  CONCURRENCY,
  DEPENDENCY,
  DNS_CONFIG,
  DNS_OPTION,
  HOST_ALIAS,
  METADATA,
  PLATFORM,
  SERVER,
  TOLERATION,
  WORKSPACE,
} from './language/part-fields.ts';
import { PIPELINE } from './language/pipeline-fields.ts';
import { STEP } from './language/step-fields.ts';
import {
  CLAIM,
  CONFIG_MAP,
  HOST,
  MOUNT,
  QUANTITIES,
  RESOURCES,
  TEMP,
  VOLUME,
} from './language/volume-fields.ts';

/**
 * Which keys exist, per record and pipeline type, as readers ask for them. The keys themselves are defined in
 * `language/`, once for readers, JSON Schema and reference page: add a key there, and change its `use` when a
 * reader learns it.
 */

export const PIPELINE_KEYS = byType(PIPELINE);
export const STEP_KEYS = byType(STEP);
export const VOLUME_KEYS = byType(VOLUME);
export const MOUNT_KEYS = byType(MOUNT);
export const CLONE_KEYS = byType(CLONE);

export const PLATFORM_KEYS = keysOf(PLATFORM);
export const WORKSPACE_KEYS = keysOf(WORKSPACE);
export const CONCURRENCY_KEYS = keysOf(CONCURRENCY);
export const DEPENDENCY_KEYS = keysOf(DEPENDENCY);
export const TEMP_KEYS = keysOf(TEMP);
export const HOST_KEYS = keysOf(HOST);
export const CLAIM_KEYS = keysOf(CLAIM, 'kubernetes');
export const CONFIG_MAP_KEYS = keysOf(CONFIG_MAP, 'kubernetes');
export const VARIABLE_KEYS = keysOf(VARIABLE);
export const PATTERN_KEYS = keysOf(PATTERNS);
export const PATH_PATTERN_KEYS = keysOf(PATH_PATTERNS);
export const CONDITION_KEY_TABLE = keysOf(CONDITIONS);
export const RESOURCES_KEYS = keysOf(RESOURCES, 'kubernetes');
export const QUANTITY_KEYS = keysOf(QUANTITIES, 'kubernetes');
export const METADATA_KEYS = keysOf(METADATA, 'kubernetes');
export const TOLERATION_KEYS = keysOf(TOLERATION, 'kubernetes');
export const DNS_CONFIG_KEYS = keysOf(DNS_CONFIG, 'kubernetes');
export const DNS_OPTION_KEYS = keysOf(DNS_OPTION, 'kubernetes');
export const HOST_ALIAS_KEYS = keysOf(HOST_ALIAS, 'kubernetes');
export const SERVER_KEYS = keysOf(SERVER, 'ssh');
export const SECRET_KEYS = keysOf(SECRET);
export const SECRET_SOURCE_KEYS = keysOf(SECRET_SOURCE);
export const SIGNATURE_KEYS = keysOf(SIGNATURE);

/**
 * Keys that Drone's server does not know, so that it does not mind their shape; only the runner does. By the
 * record that holds them.
 */
export const RUNNER_ONLY_KEYS: Readonly<Record<'pipeline' | 'clone' | 'step', ReadonlySet<string>>> = {
  pipeline: new Set([
    'environment',
    'metadata',
    'node_name',
    'node_selector',
    'service_account_name',
    'tolerations',
    'dns_config',
    'host_aliases',
    'resources',
    'server',
  ]),
  clone: new Set(['retries', 'trace', 'submodules', 'tags', 'lfs', 'image', 'settings']),
  step: new Set(['shm_size', 'mem_limit', 'memswap_limit', 'group']),
};

function byType(record: RecordDefinition): Readonly<Record<LanguageType, KeyTable>> {
  const tables = LANGUAGE_TYPES.map((type) => [type, keysOf(record, type)] as const);
  return Object.fromEntries(tables) as Record<LanguageType, KeyTable>;
}
