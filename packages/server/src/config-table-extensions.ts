import type { SettingTable } from './config-setting.ts';

/** Extensions that the server calls, and ways to write a configuration. */
export const EXTENSION_SETTINGS = {
  DRONE_ADMISSION_PLUGIN_ENDPOINT: {
    type: 'string',
    aliases: ['DRONE_AUTHENTICATION_ENDPOINT'],
    state: 'later',
    sentence: 'Address of the admission extension.',
  },
  DRONE_ADMISSION_PLUGIN_SECRET: {
    type: 'string',
    isSecret: true,
    aliases: ['DRONE_AUTHENTICATION_TOKEN'],
    state: 'later',
    sentence: 'Signs the requests to the admission extension.',
  },
  DRONE_ADMISSION_PLUGIN_SKIP_VERIFY: {
    type: 'bool',
    aliases: ['DRONE_AUTHENTICATION_SKIP_VERIFY'],
    state: 'later',
    sentence: 'The certificate of the admission extension is not checked.',
  },
  DRONE_YAML_ENDPOINT: {
    type: 'string',
    state: 'later',
    sentence: 'Address of the configuration extension.',
  },
  DRONE_YAML_SECRET: {
    type: 'string',
    isSecret: true,
    state: 'later',
    sentence: 'Signs the requests to the configuration extension.',
  },
  DRONE_YAML_SKIP_VERIFY: {
    type: 'bool',
    state: 'later',
    sentence: 'The certificate of the configuration extension is not checked.',
  },
  DRONE_YAML_TIMEOUT: {
    type: 'duration',
    default: '1m',
    state: 'later',
    sentence: 'How long the configuration extension may take.',
  },
  DRONE_CONVERT_PLUGIN_ENDPOINT: {
    type: 'string',
    state: 'later',
    sentence: 'Address of the conversion extension.',
  },
  DRONE_CONVERT_PLUGIN_SECRET: {
    type: 'string',
    isSecret: true,
    state: 'later',
    sentence: 'Signs the requests to the conversion extension.',
  },
  DRONE_CONVERT_PLUGIN_SKIP_VERIFY: {
    type: 'bool',
    state: 'later',
    sentence: 'The certificate of the conversion extension is not checked.',
  },
  DRONE_CONVERT_PLUGIN_EXTENSION: {
    type: 'string',
    state: 'later',
    sentence: 'Only pipeline files with this ending are converted.',
  },
  DRONE_CONVERT_PLUGIN_CACHE_SIZE: {
    type: 'int',
    default: '10',
    state: 'later',
    sentence: 'Answers of the conversion extension that are kept; 0 keeps none.',
  },
  DRONE_CONVERT_TIMEOUT: {
    type: 'duration',
    default: '1m',
    state: 'later',
    sentence: 'How long the conversion extension may take.',
  },
  DRONE_CONVERT_MULTI: {
    type: 'bool',
    state: 'later',
    sentence: 'Every converter works on the result of the one before.',
  },
  DRONE_VALIDATE_PLUGIN_ENDPOINT: {
    type: 'string',
    state: 'later',
    sentence: 'Address of the validation extension.',
  },
  DRONE_VALIDATE_PLUGIN_SECRET: {
    type: 'string',
    isSecret: true,
    state: 'later',
    sentence: 'Signs the requests to the validation extension.',
  },
  DRONE_VALIDATE_PLUGIN_SKIP_VERIFY: {
    type: 'bool',
    state: 'later',
    sentence: 'The certificate of the validation extension is not checked.',
  },
  DRONE_VALIDATE_TIMEOUT: {
    type: 'duration',
    default: '1m',
    state: 'later',
    sentence: 'How long the validation extension may take.',
  },
  DRONE_WEBHOOK_ENDPOINT: {
    type: 'list',
    state: 'later',
    sentence: 'Addresses that are told about builds, users and repositories.',
  },
  DRONE_WEBHOOK_SECRET: {
    type: 'string',
    isSecret: true,
    state: 'later',
    sentence: 'Signs the outgoing webhooks.',
  },
  DRONE_WEBHOOK_EVENTS: {
    type: 'list',
    state: 'later',
    sentence: 'Globs of the events that are reported; none given means all.',
  },
  DRONE_WEBHOOK_SKIP_VERIFY: {
    type: 'bool',
    state: 'later',
    sentence: 'Certificates of webhook receivers are not checked.',
  },
  DRONE_JSONNET_ENABLED: { type: 'bool', sentence: 'Pipeline files may be Jsonnet.' },
  DRONE_JSONNET_IMPORT_LIMIT: {
    type: 'int',
    default: '0',
    sentence: 'Files that one Jsonnet evaluation may import; 0 forbids imports.',
  },
  DRONE_STARLARK_ENABLED: { type: 'bool', sentence: 'Pipeline files may be Starlark.' },
  DRONE_STARLARK_STEP_LIMIT: {
    type: 'int',
    default: '0',
    sentence: 'Steps that one Starlark evaluation may take; 0 means 50000.',
  },
  DRONE_STARLARK_SIZE_LIMIT: {
    type: 'int',
    default: '0',
    sentence: 'Bytes that one Starlark evaluation may produce; 0 means 1000000.',
  },
} as const satisfies SettingTable;
