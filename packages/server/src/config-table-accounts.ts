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
    sentence: 'Logins and organisations whose people may register; gogs:acme counts at that service only.',
  },
  DRONE_REGISTRATION_CLOSED: { type: 'bool', sentence: 'Nobody new may register.' },
  DRONE_MIN_AGE: {
    type: 'duration',
    sentence: 'How old an account must be at the Git service to register.',
  },
  SORTIE_OIDC_ISSUER: {
    type: 'string',
    sentence: 'Address of an identity provider (OpenID Connect) that people may sign in with.',
  },
  SORTIE_OIDC_CLIENT_ID: { type: 'string', sentence: 'Client id at the identity provider.' },
  SORTIE_OIDC_CLIENT_SECRET: {
    type: 'string',
    isSecret: true,
    sentence: 'Client secret at the identity provider; none for a public client.',
  },
  SORTIE_OIDC_SCOPE: {
    type: 'string',
    default: 'openid profile email',
    sentence: 'Scopes asked for at the identity provider, separated by blanks.',
  },
  SORTIE_OIDC_TITLE: {
    type: 'string',
    default: 'Single sign-on',
    sentence: 'What the button of the identity provider says.',
  },
  SORTIE_OIDC_LOGIN_CLAIM: {
    type: 'string',
    default: 'preferred_username',
    sentence: 'The claim that logins are made of.',
  },
  SORTIE_OIDC_GROUPS_CLAIM: {
    type: 'string',
    default: 'groups',
    sentence: 'The claim that lists the groups of a person.',
  },
  SORTIE_OIDC_ALLOWED_GROUPS: {
    type: 'list',
    sentence: 'Groups whose people may sign in with the identity provider; everybody unless given.',
  },
  DRONE_REPOSITORY_FILTER: {
    type: 'list',
    sentence:
      'The only namespaces, whatever their case, whose repositories are taken over from Git services.',
  },
  DRONE_REPOSITORY_VISIBILITY: {
    type: 'string',
    choices: ['public', 'private', 'internal'],
    sentence:
      'Visibility of newly synchronised repositories that the Git service does not keep private; unless given it is as at the service.',
  },
  DRONE_REPOSITORY_TRUSTED: {
    type: 'bool',
    sentence: 'Newly synchronised repositories are trusted.',
  },
  DRONE_REPOSITORY_IGNORE: {
    type: 'list',
    sentence: 'Globs of repositories whose webhooks are ignored.',
  },
  DRONE_GIT_ALWAYS_AUTH: {
    type: 'bool',
    sentence: 'Public repositories are cloned with credentials too.',
  },
  DRONE_GIT_USERNAME: {
    type: 'string',
    sentence: 'Login of an account with which all repositories of Git services are cloned.',
  },
  DRONE_GIT_PASSWORD: {
    type: 'string',
    isSecret: true,
    sentence: 'Password that goes with DRONE_GIT_USERNAME.',
  },
  SORTIE_CLONE_URL_REWRITE: {
    type: 'list',
    sentence:
      'Other beginnings of clone addresses for runners, as from=to with commas between them: http://localhost:3000=http://gogs:3000.',
  },
  SORTIE_MIRROR_QUOTA: {
    type: 'bytes',
    default: '8GiB',
    sentence:
      'Disk for the copies of repositories in which this server compares commits; one may take a quarter of it.',
  },
  DRONE_GIT_IMAGE: { type: 'string', state: 'ignored', sentence: 'Never had an effect in Drone.' },
  DRONE_GIT_IMAGE_PULL: { type: 'string', state: 'ignored', sentence: 'Never had an effect in Drone.' },
  DRONE_STATUS_DISABLED: {
    type: 'bool',
    sentence: 'No commit statuses are sent to Git services.',
  },
  DRONE_STATUS_NAME: {
    type: 'string',
    default: 'continuous-integration/drone',
    sentence: 'Name of the commit status.',
  },
  SORTIE_STATUS_PIPELINES: {
    type: 'bool',
    default: 'true',
    sentence: 'Each pipeline of a build has a commit status of its own beside the one of the build.',
  },
  SORTIE_GOGS_COMMENT: {
    type: 'bool',
    sentence: 'Gogs has no commit statuses: the result of a pull request is written under it as a comment.',
  },
  DRONE_INCOMING_WEBHOOK_EVENTS: {
    type: 'list',
    default: 'branch,deployment,push,tag,pull_request',
    choices: ['branch', 'deployment', 'push', 'tag', 'pull_request'],
    sentence: 'Events that Git services are asked to report.',
  },
} as const satisfies SettingTable;
