import type { SettingTable } from './config-setting.ts';

/** Git services beside the built-in host. */
export const SERVICE_SETTINGS = {
  DRONE_GITHUB_SERVER: {
    type: 'string',
    default: 'https://github.com',
    sentence: 'Address of GitHub.',
  },
  DRONE_GITHUB_API_SERVER: {
    type: 'string',
    sentence: 'Address of the interface of GitHub; derived unless given.',
  },
  DRONE_GITHUB_CLIENT_ID: { type: 'string', sentence: 'OAuth client id at GitHub.' },
  DRONE_GITHUB_CLIENT_SECRET: {
    type: 'string',
    isSecret: true,
    sentence: 'OAuth client secret at GitHub.',
  },
  DRONE_GITHUB_SCOPE: {
    type: 'list',
    default: 'repo,repo:status,user:email,read:org',
    sentence: 'OAuth scopes asked for at GitHub.',
  },
  DRONE_GITHUB_SKIP_VERIFY: {
    type: 'bool',
    sentence: 'The certificate of GitHub is not checked.',
  },
  DRONE_GITHUB_DEBUG: { type: 'bool', sentence: 'Answers of GitHub are written to the log.' },
  SORTIE_GITHUB_SHA1: {
    type: 'bool',
    sentence: 'Webhooks of an old GitHub Enterprise Server that signs with SHA-1 alone are accepted.',
  },
  DRONE_GITHUB_USER_RATELIMIT: { type: 'int', state: 'ignored', sentence: 'Never had an effect in Drone.' },
  DRONE_GITLAB_SERVER: {
    type: 'string',
    default: 'https://gitlab.com',
    sentence: 'Address of GitLab.',
  },
  DRONE_GITLAB_CLIENT_ID: { type: 'string', sentence: 'OAuth client id at GitLab.' },
  DRONE_GITLAB_CLIENT_SECRET: {
    type: 'string',
    isSecret: true,
    sentence: 'OAuth client secret at GitLab.',
  },
  DRONE_GITLAB_SKIP_VERIFY: {
    type: 'bool',
    sentence: 'The certificate of GitLab is not checked.',
  },
  DRONE_GITLAB_DEBUG: { type: 'bool', sentence: 'Answers of GitLab are written to the log.' },
  DRONE_GITEA_SERVER: { type: 'string', sentence: 'Address of Gitea.' },
  DRONE_GITEA_CLIENT_ID: { type: 'string', sentence: 'OAuth client id at Gitea.' },
  DRONE_GITEA_CLIENT_SECRET: {
    type: 'string',
    isSecret: true,
    sentence: 'OAuth client secret at Gitea.',
  },
  DRONE_GITEA_REDIRECT_URL: {
    type: 'string',
    sentence: 'OAuth redirect address; derived unless given.',
  },
  DRONE_GITEA_SCOPE: {
    type: 'list',
    default: 'repo,repo:status,user:email,read:org',
    sentence: 'OAuth scopes asked for at Gitea.',
  },
  DRONE_GITEA_SKIP_VERIFY: {
    type: 'bool',
    sentence: 'The certificate of Gitea is not checked.',
  },
  DRONE_GITEA_DEBUG: { type: 'bool', sentence: 'Answers of Gitea are written to the log.' },
  DRONE_GOGS_SERVER: { type: 'string', sentence: 'Address of Gogs.' },
  DRONE_GOGS_SKIP_VERIFY: {
    type: 'bool',
    sentence: 'The certificate of Gogs is not checked.',
  },
  DRONE_GOGS_DEBUG: { type: 'bool', sentence: 'Answers of Gogs are written to the log.' },
  DRONE_BITBUCKET_CLIENT_ID: {
    type: 'string',
    sentence: 'OAuth client id at Bitbucket Cloud.',
  },
  DRONE_BITBUCKET_CLIENT_SECRET: {
    type: 'string',
    isSecret: true,
    sentence: 'OAuth client secret at Bitbucket Cloud.',
  },
  DRONE_BITBUCKET_SKIP_VERIFY: {
    type: 'bool',
    sentence: 'The certificate of Bitbucket Cloud is not checked.',
  },
  DRONE_BITBUCKET_DEBUG: {
    type: 'bool',
    sentence: 'Answers of Bitbucket Cloud are written to the log.',
  },
  DRONE_STASH_SERVER: { type: 'string', sentence: 'Address of Bitbucket Server.' },
  DRONE_STASH_CONSUMER_KEY: {
    type: 'string',
    sentence: 'OAuth consumer key at Bitbucket Server.',
  },
  DRONE_STASH_CONSUMER_SECRET: {
    type: 'string',
    isSecret: true,
    sentence: 'OAuth consumer secret at Bitbucket Server.',
  },
  DRONE_STASH_PRIVATE_KEY: { type: 'string', sentence: 'PEM file with the OAuth key.' },
  DRONE_STASH_SKIP_VERIFY: {
    type: 'bool',
    sentence: 'The certificate of Bitbucket Server is not checked.',
  },
  DRONE_STASH_DEBUG: {
    type: 'bool',
    sentence: 'Answers of Bitbucket Server are written to the log.',
  },
  SORTIE_BITBUCKET_SERVER: {
    type: 'string',
    default: 'https://bitbucket.org',
    sentence:
      'Address of Bitbucket Cloud, for pages and interface alike; another one only for a fake to try things with.',
  },
  SORTIE_GOGS_INTERNAL_URL: {
    type: 'string',
    sentence: 'Address at which this server reaches Gogs when it cannot use the one that people open.',
  },
  SORTIE_GITEA_INTERNAL_URL: {
    type: 'string',
    sentence: 'Address at which this server reaches Gitea when it cannot use the one that people open.',
  },
  SORTIE_GITHUB_INTERNAL_URL: {
    type: 'string',
    sentence: 'Address at which this server reaches GitHub when it cannot use the one that people open.',
  },
  SORTIE_GITLAB_INTERNAL_URL: {
    type: 'string',
    sentence: 'Address at which this server reaches GitLab when it cannot use the one that people open.',
  },
  SORTIE_STASH_INTERNAL_URL: {
    type: 'string',
    sentence:
      'Address at which this server reaches Bitbucket Server when it cannot use the one that people open.',
  },
  SORTIE_SERVICE_CA: {
    type: 'string',
    sentence: 'PEM file with certificates that are trusted at Git services beside the usual ones.',
  },
  SORTIE_POLL_INTERVAL: {
    type: 'duration',
    sentence:
      'How often branches and tags of active repositories are compared with their Git service, and built when they have moved, where webhooks cannot arrive; 0 never.',
  },
  SORTIE_RECONCILE_INTERVAL: {
    type: 'duration',
    default: '1h',
    sentence:
      'How often the same comparison is made to notice webhooks that were lost; it builds nothing, but health shows it. 0 never.',
  },
  HTTP_PROXY: {
    type: 'string',
    aliases: ['http_proxy'],
    sentence: 'Proxy for calls to Git services over http.',
  },
  HTTPS_PROXY: {
    type: 'string',
    aliases: ['https_proxy'],
    sentence: 'Proxy for calls to Git services over https.',
  },
  NO_PROXY: {
    type: 'string',
    aliases: ['no_proxy'],
    sentence: 'Hosts that are called without the proxy, with commas between them.',
  },
  DRONE_GITEE_SERVER: { type: 'string', state: 'ignored', sentence: 'Gitee is not supported.' },
  DRONE_GITEE_API_SERVER: { type: 'string', state: 'ignored', sentence: 'Gitee is not supported.' },
  DRONE_GITEE_CLIENT_ID: { type: 'string', state: 'ignored', sentence: 'Gitee is not supported.' },
  DRONE_GITEE_CLIENT_SECRET: {
    type: 'string',
    isSecret: true,
    state: 'ignored',
    sentence: 'Gitee is not supported.',
  },
  DRONE_GITEE_REDIRECT_URL: { type: 'string', state: 'ignored', sentence: 'Gitee is not supported.' },
  DRONE_GITEE_SCOPE: { type: 'list', state: 'ignored', sentence: 'Gitee is not supported.' },
  DRONE_GITEE_SKIP_VERIFY: { type: 'bool', state: 'ignored', sentence: 'Gitee is not supported.' },
  DRONE_GITEE_DEBUG: { type: 'bool', state: 'ignored', sentence: 'Gitee is not supported.' },
} as const satisfies SettingTable;
