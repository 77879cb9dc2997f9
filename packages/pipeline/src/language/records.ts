import { CONDITIONS, PATH_PATTERNS, PATTERNS, VARIABLE } from './condition-fields.ts';
import type { RecordDefinition } from './definition.ts';
import { CRON, REGISTRY, SECRET, SECRET_SOURCE, SIGNATURE, TEMPLATE } from './document-fields.ts';
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
} from './part-fields.ts';
import { PIPELINE } from './pipeline-fields.ts';
import { STEP } from './step-fields.ts';
import { CLAIM, CONFIG_MAP, HOST, MOUNT, QUANTITIES, RESOURCES, TEMP, VOLUME } from './volume-fields.ts';

/** The documents of a pipeline file by their kind. */
export const DOCUMENTS: readonly RecordDefinition[] = [PIPELINE, SECRET, SIGNATURE, TEMPLATE, CRON, REGISTRY];

/** Every record of the language, in the order of the reference page. */
export const RECORDS: readonly RecordDefinition[] = [
  PIPELINE,
  STEP,
  CONDITIONS,
  PATTERNS,
  PATH_PATTERNS,
  VARIABLE,
  CLONE,
  PLATFORM,
  WORKSPACE,
  CONCURRENCY,
  DEPENDENCY,
  VOLUME,
  TEMP,
  HOST,
  MOUNT,
  CLAIM,
  CONFIG_MAP,
  RESOURCES,
  QUANTITIES,
  METADATA,
  TOLERATION,
  DNS_CONFIG,
  DNS_OPTION,
  HOST_ALIAS,
  SERVER,
  SECRET,
  SECRET_SOURCE,
  SIGNATURE,
  TEMPLATE,
  CRON,
  REGISTRY,
];
