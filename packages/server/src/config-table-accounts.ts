import type { SettingTable } from './config-setting.ts';

/** People, sessions, repositories. */
export const ACCOUNT_SETTINGS = {
  DRONE_USER_CREATE: {
    type: 'string',
    isSecret: true,
    sentence: 'An account to make at the start: username:octocat,admin:true,machine:false,token:….',
  },
  DRONE_COOKIE_SECRET: {
    type: 'string',
    isSecret: true,
    sentence:
      'Key of the session hashes; a change signs everybody out. Without one sessions survive restarts.',
  },
  DRONE_COOKIE_TIMEOUT: {
    type: 'duration',
    min: 1000,
    default: '720h',
    sentence: 'How long a session lasts.',
  },
  DRONE_COOKIE_SECURE: { type: 'bool', sentence: 'The session cookie travels over TLS only.' },
  SORTIE_RATE_LIMIT: {
    type: 'int',
    sentence:
      'Requests per minute that one token, or the sessions of one account, may make; 0 = no limit, because whoever has a token is known and a limit would stop busy scripts. A token may have a limit of its own.',
  },
  SORTIE_RATE_LIMIT_FAILURES: {
    type: 'int',
    default: '30',
    sentence: 'Unknown tokens per minute from one address before further ones are refused; 0 = no limit.',
  },
  SORTIE_SIGN_IN_LINK_TIMEOUT: {
    type: 'duration',
    min: 1000,
    default: '1h',
    sentence: 'How long a one-time sign-in link can be used.',
  },
  SORTIE_GIT_QUOTA: {
    type: 'bytes',
    default: '1GiB',
    sentence: 'Size limit of one repository of the built-in Git host.',
  },
  DRONE_USER_FILTER: {
    type: 'list',
    state: 'later',
    sentence: 'Logins and organisations whose people may register.',
  },
  DRONE_REGISTRATION_CLOSED: { type: 'bool', state: 'later', sentence: 'Nobody new may register.' },
  DRONE_MIN_AGE: {
    type: 'duration',
    state: 'later',
    sentence: 'How old an account must be at the Git service to register.',
  },
  DRONE_REPOSITORY_FILTER: {
    type: 'list',
    state: 'later',
    sentence: 'Namespaces whose repositories are synchronised.',
  },
  DRONE_REPOSITORY_VISIBILITY: {
    type: 'string',
    state: 'later',
    choices: ['public', 'private', 'internal'],
    sentence: 'Visibility of newly synchronised repositories.',
  },
  DRONE_REPOSITORY_TRUSTED: {
    type: 'bool',
    state: 'later',
    sentence: 'Newly synchronised repositories are trusted.',
  },
  DRONE_REPOSITORY_IGNORE: {
    type: 'list',
    state: 'later',
    sentence: 'Globs of repositories whose webhooks are ignored.',
  },
  DRONE_GIT_ALWAYS_AUTH: {
    type: 'bool',
    state: 'later',
    sentence: 'Public repositories are cloned with credentials too.',
  },
  DRONE_GIT_USERNAME: { type: 'string', state: 'later', sentence: 'Login of all clones.' },
  DRONE_GIT_PASSWORD: {
    type: 'string',
    isSecret: true,
    state: 'later',
    sentence: 'Password that goes with DRONE_GIT_USERNAME.',
  },
  DRONE_GIT_IMAGE: { type: 'string', state: 'ignored', sentence: 'Never had an effect in Drone.' },
  DRONE_GIT_IMAGE_PULL: { type: 'string', state: 'ignored', sentence: 'Never had an effect in Drone.' },
  DRONE_STATUS_DISABLED: {
    type: 'bool',
    state: 'later',
    sentence: 'No commit statuses are sent to Git services.',
  },
  DRONE_STATUS_NAME: {
    type: 'string',
    default: 'continuous-integration/drone',
    state: 'later',
    sentence: 'Name of the commit status.',
  },
  DRONE_INCOMING_WEBHOOK_EVENTS: {
    type: 'list',
    default: 'branch,deployment,push,tag,pull_request',
    choices: ['branch', 'deployment', 'push', 'tag', 'pull_request'],
    sentence: 'Events that Git services are asked to report.',
  },
} as const satisfies SettingTable;
