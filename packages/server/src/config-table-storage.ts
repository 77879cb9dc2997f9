import type { SettingTable } from './config-setting.ts';

/** Runners' access, cron, cleaning, database, log storage, logging. */
export const STORAGE_SETTINGS = {
  DRONE_DATABASE_DRIVER: {
    type: 'string',
    default: 'sqlite3',
    choices: ['sqlite3', 'sqlite', 'postgres', 'mysql'],
    sentence: '`sqlite3` or `postgres`.',
  },
  DRONE_DATABASE_DATASOURCE: {
    type: 'string',
    isSecret: true,
    sentence:
      'Path of the SQLite file (unless given, in the data folder), or address of PostgreSQL; a pooler before it must keep sessions.',
  },
  DRONE_DATABASE_MAX_CONNECTIONS: {
    type: 'int',
    sentence: 'Connections to PostgreSQL at once; 0 means ten.',
  },
  SORTIE_LOG_LIMIT: {
    type: 'bytes',
    min: 1,
    default: '100MB',
    sentence: 'Size limit of the log of one step; head and end are kept.',
  },
  SORTIE_LEASE: {
    type: 'duration',
    min: 1000,
    default: '90s',
    sentence: 'A runner that is silent for so long has lost its stage.',
  },
  SORTIE_SWEEP_INTERVAL: {
    type: 'duration',
    min: 100,
    default: '10s',
    sentence: 'How often lost runners and stuck builds are looked for.',
  },
  SORTIE_RETENTION: {
    type: 'duration',
    sentence:
      'Builds that ended longer ago than this are removed with their logs, except the newest of each repository; 0 keeps everything.',
  },
  DRONE_LOGS_DEBUG: { type: 'bool', sentence: 'The server logs more.' },
  DRONE_LOGS_TRACE: { type: 'bool', sentence: 'The server logs everything.' },
  DRONE_LOGS_TEXT: { type: 'bool', state: 'later', sentence: 'Log lines are text instead of JSON.' },
  DRONE_LOGS_COLOR: { type: 'bool', state: 'later', sentence: 'Text log lines are coloured.' },
  DRONE_LOGS_PRETTY: { type: 'bool', state: 'later', sentence: 'JSON log lines are indented.' },
  DRONE_RPC_SECRET: {
    type: 'string',
    isSecret: true,
    sentence:
      'Shared secret of the server and the runners of other machines. Tokens of single runners need none; without both no other runner is let in.',
  },
  SORTIE_RPC_POLL: {
    type: 'duration',
    default: '30s',
    min: 1,
    sentence: 'How long the request of an official runner for work is held.',
  },
  SORTIE_RPC_EMPTY_POLL: {
    type: 'string',
    default: '200',
    choices: ['200', '204'],
    sentence: 'Status of such a request that found nothing; after 204 a runner rests for ten seconds.',
  },
  SORTIE_RPC_WATCH: {
    type: 'duration',
    default: '50s',
    min: 1,
    sentence: 'How long the watch of an official runner is held; keep it below the limits of proxies.',
  },
  SORTIE_RPC_OFFER: {
    type: 'duration',
    default: '15s',
    min: 1,
    sentence: 'How long a stage waits to be accepted by the official runner that it was sent to.',
  },
  SORTIE_RPC_ACCEPT_LEASE: {
    type: 'duration',
    default: '60s',
    min: 1,
    sentence: 'An official runner that is silent for so long after it has accepted a stage has lost it.',
  },
  SORTIE_RPC_LEASE: {
    type: 'duration',
    default: '180s',
    min: 1,
    sentence: 'An official runner that is silent for so long about a stage has lost it.',
  },
  SORTIE_RPC_REFUSAL_DELAY: {
    type: 'duration',
    default: '5s',
    sentence: 'How long refusals of runners are held back, since official ones ask again at once.',
  },
  DRONE_AGENTS_DISABLED: {
    type: 'bool',
    state: 'ignored',
    sentence: 'The built-in runner has SORTIE_RUNNER.',
  },
  DRONE_AGENTS_ENABLED: { type: 'bool', state: 'ignored', sentence: 'Runners are always let in.' },
  DRONE_CRON_DISABLED: { type: 'bool', sentence: 'Cron jobs are not started by time.' },
  DRONE_CRON_INTERVAL: {
    type: 'duration',
    default: '30m',
    min: 1000,
    sentence:
      'The longest time between two looks for due cron jobs. A job that is due earlier starts on time; no two looks are less than a minute, or this time, apart.',
  },
  DRONE_CLEANUP_DISABLED: { type: 'bool', state: 'later', sentence: 'Builds that hang are left alone.' },
  DRONE_CLEANUP_INTERVAL: {
    type: 'duration',
    default: '24h',
    state: 'later',
    sentence: 'How often builds that hang are looked for.',
  },
  DRONE_CLEANUP_DEADLINE_RUNNING: {
    type: 'duration',
    default: '24h',
    state: 'later',
    sentence: 'A build that runs longer hangs.',
  },
  DRONE_CLEANUP_DEADLINE_PENDING: {
    type: 'duration',
    default: '24h',
    state: 'later',
    sentence: 'A build that waits longer hangs.',
  },
  DRONE_CLEANUP_BUFFER: {
    type: 'duration',
    default: '30m',
    state: 'later',
    sentence: 'Added to both deadlines.',
  },
  DRONE_REDIS_CONNECTION: {
    type: 'string',
    isSecret: true,
    state: 'ignored',
    sentence: 'Several servers meet in PostgreSQL.',
  },
  DRONE_REDIS_ADDR: { type: 'string', state: 'ignored', sentence: 'Several servers meet in PostgreSQL.' },
  DRONE_REDIS_PASSWORD: {
    type: 'string',
    isSecret: true,
    state: 'ignored',
    sentence: 'Several servers meet in PostgreSQL.',
  },
  DRONE_REDIS_DB: { type: 'int', state: 'ignored', sentence: 'Several servers meet in PostgreSQL.' },
  DRONE_DATABASE_SECRET: {
    type: 'string',
    isSecret: true,
    sentence:
      'Key for what the database keeps encrypted: 32 characters. Unless given, `secret.key` in the data folder is made at the first start.',
  },
  SORTIE_DATABASE_SECRET_PREVIOUS: {
    type: 'list',
    isSecret: true,
    sentence: 'Keys that were used before; they open values until `sortie rotate-secrets` has run.',
  },
  DRONE_DATABASE_ENCRYPT_USER_TABLE: {
    type: 'bool',
    state: 'ignored',
    sentence: 'Credentials of accounts are always encrypted.',
  },
  DRONE_DATABASE_ENCRYPT_MIXED_MODE: {
    type: 'bool',
    state: 'ignored',
    sentence: 'Every value is encrypted; there is nothing else to read.',
  },
  DRONE_DATABASE_LEGACY_BATCH: { type: 'bool', state: 'ignored', sentence: 'An old way of synchronising.' },
  DRONE_S3_BUCKET: { type: 'string', state: 'later', sentence: 'Logs are kept in this S3 bucket.' },
  DRONE_S3_PREFIX: { type: 'string', state: 'later', sentence: 'Prefix of the keys in the bucket.' },
  DRONE_S3_ENDPOINT: { type: 'string', state: 'later', sentence: 'Address of the S3 service.' },
  DRONE_S3_PATH_STYLE: { type: 'bool', state: 'later', sentence: 'The bucket is part of the path.' },
  DRONE_AZURE_BLOB_CONTAINER_NAME: {
    type: 'string',
    state: 'later',
    sentence: 'Logs are kept in this Azure container.',
  },
  DRONE_AZURE_STORAGE_ACCOUNT_NAME: { type: 'string', state: 'later', sentence: 'Account of the container.' },
  DRONE_AZURE_STORAGE_ACCESS_KEY: {
    type: 'string',
    isSecret: true,
    state: 'later',
    sentence: 'Key of the Azure account.',
  },
  DRONE_PROMETHEUS_ANONYMOUS_ACCESS: {
    type: 'bool',
    state: 'later',
    sentence: 'Everybody may read the metrics.',
  },
  DRONE_PROMETHEUS_HTTP_METRICS: { type: 'bool', state: 'later', sentence: 'Requests are measured too.' },
  DRONE_DATADOG_ENABLED: { type: 'bool', state: 'ignored', sentence: 'Sortie never calls home.' },
  DRONE_DATADOG_ENDPOINT: { type: 'string', state: 'ignored', sentence: 'Sortie never calls home.' },
  DRONE_DATADOG_TOKEN: {
    type: 'string',
    isSecret: true,
    state: 'ignored',
    sentence: 'Sortie never calls home.',
  },
  DRONE_LICENSE: {
    type: 'string',
    isSecret: true,
    state: 'ignored',
    sentence: 'Sortie has no licence limits.',
  },
  DRONE_LICENSE_ENDPOINT: { type: 'string', state: 'ignored', sentence: 'Sortie has no licence limits.' },
} as const satisfies SettingTable;
