import type { KeyTable, KeyUse } from './field.ts';

/** Which keys exist, per record and pipeline type (pipeline.md section 2). */

const PIPELINE_COMMON: KeyTable = {
  kind: 'used',
  type: 'used',
  name: 'used',
  version: 'no-effect',
  platform: 'used',
  depends_on: 'used',
  trigger: 'used',
  node: 'used',
  concurrency: 'used',
  clone: 'used',
  steps: 'used',
};

const PIPELINE_DOCKER: KeyTable = {
  ...PIPELINE_COMMON,
  workspace: 'used',
  environment: 'used',
  services: 'used',
  volumes: 'used',
  image_pull_secrets: 'unsupported',
};

/** The exec runner never looked at these; the server checks their shape all the same. */
const PIPELINE_EXEC: KeyTable = {
  ...PIPELINE_COMMON,
  workspace: 'no-effect',
  environment: 'no-effect',
  services: 'no-effect',
  volumes: 'no-effect',
  image_pull_secrets: 'no-effect',
};

const STEP_COMMON: KeyTable = {
  name: 'used',
  commands: 'used',
  environment: 'used',
  depends_on: 'used',
  detach: 'used',
  failure: 'used',
  when: 'used',
  shell: 'no-effect',
  resources: 'no-effect',
  ports: 'no-effect',
  build: 'no-effect',
  push: 'no-effect',
};

const CONTAINER_KEYS = [
  'image',
  'settings',
  'pull',
  'entrypoint',
  'command',
  'privileged',
  'user',
  'working_dir',
  'volumes',
  'devices',
  'network_mode',
  'dns',
  'dns_search',
  'extra_hosts',
  'shm_size',
  'mem_limit',
  'memswap_limit',
] as const;

export const PIPELINE_KEYS = { docker: PIPELINE_DOCKER, exec: PIPELINE_EXEC } as const;

export const STEP_KEYS = {
  docker: { ...STEP_COMMON, ...table(CONTAINER_KEYS, 'used') },
  // An image in an exec step is an error of its own (pipeline.md 10.2), not a key without effect.
  exec: { ...STEP_COMMON, ...table(CONTAINER_KEYS, 'no-effect'), image: 'used' },
} as const satisfies Record<string, KeyTable>;

export const PLATFORM_KEYS: KeyTable = { os: 'used', arch: 'used', variant: 'used', version: 'used' };
export const WORKSPACE_KEYS: KeyTable = { base: 'used', path: 'used' };
export const CONCURRENCY_KEYS: KeyTable = { limit: 'used' };
export const CLONE_KEYS: KeyTable = {
  disable: 'used',
  depth: 'used',
  retries: 'used',
  skip_verify: 'used',
  trace: 'used',
};
export const VOLUME_KEYS: KeyTable = {
  name: 'used',
  temp: 'used',
  host: 'used',
  claim: 'unsupported',
  config_map: 'unsupported',
  secret: 'unsupported',
};
export const TEMP_KEYS: KeyTable = { medium: 'used', size_limit: 'used' };
export const HOST_KEYS: KeyTable = { path: 'used' };
export const MOUNT_KEYS: KeyTable = { name: 'used', path: 'used', sub_path: 'unsupported' };
export const VARIABLE_KEYS: KeyTable = { from_secret: 'used', value: 'used' };
export const PATTERN_KEYS: KeyTable = { include: 'used', exclude: 'used' };

function table(keys: readonly string[], use: KeyUse): KeyTable {
  return Object.fromEntries(keys.map((key) => [key, use]));
}
