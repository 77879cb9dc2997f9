import type { ConnectionKind } from '@sortie/core/connection';
import type { HookCategory } from '@sortie/scm/driver';
import type { OAuth2Client } from '@sortie/scm/rest/oauth2';
import type { SettingsValues } from './config-table.ts';
import { ValueProblem } from './config-values.ts';
import type { AddressRewrite } from './services/clone-address.ts';

export type ServiceKind = Exclude<ConnectionKind, 'builtin' | 'oidc'>;

/** One Git service as the settings describe it. */
export interface ServiceConfig {
  readonly kind: ServiceKind;
  /** As people call it. */
  readonly title: string;
  /** Address that people open. */
  readonly server: string;
  /** Address that this server uses instead; absent when it is the same. */
  readonly internalUrl?: string;
  readonly apiServer?: string;
  readonly oauth: OAuth2Client;
  /** OAuth 1.0a of Bitbucket Server: the key, and the PEM file with the private one. */
  readonly consumerKey: string;
  readonly privateKeyPath: string;
  /** OAuth redirect address, where it is not derived from the public one. */
  readonly redirectUrl?: string;
  readonly skipsVerify: boolean;
  readonly logsAnswers: boolean;
  /** Signatures of old servers of GitHub count too. */
  readonly acceptsSha1?: boolean;
}

/** How repositories of Git services are cloned. */
export interface CloneConfig {
  /** The account of all clones; absent: the one of the repository. */
  readonly account?: { readonly login: string; readonly password: string };
  readonly alwaysUsesCredentials: boolean;
  readonly rewrites: readonly AddressRewrite[];
  /** For all mirrors together. */
  readonly mirrorBytes: number;
}

export interface ServicesConfig {
  /** In the order of scm.md 1.4. */
  readonly services: readonly ServiceConfig[];
  /** PEM file; empty = none. */
  readonly caPath: string;
  readonly hookEvents: readonly HookCategory[];
  readonly clone: CloneConfig;
  /** Milliseconds between two comparisons of refs: with builds, and without; 0 = never. */
  readonly pollMs: number;
  readonly reconcileMs: number;
  /** Where services send webhooks to: the address of the proxy in front, or empty for the public one. */
  readonly hookBase: string;
  /** The proxy variables of the environment, for Node's HTTP client. */
  readonly proxy: Readonly<Record<'HTTP_PROXY' | 'HTTPS_PROXY' | 'NO_PROXY', string | undefined>>;
}

/** The services whose decisive setting is there. Throws `ValueProblem` for half a configuration. */
export function servicesConfig(values: SettingsValues): ServicesConfig {
  const services = [
    bitbucket(values),
    github(values),
    gitea(values),
    gitlab(values),
    gogs(values),
    stash(values),
  ];
  return {
    services: services.filter((service) => service !== undefined),
    caPath: values.SORTIE_SERVICE_CA,
    hookEvents: values.DRONE_INCOMING_WEBHOOK_EVENTS.filter(isHookCategory),
    hookBase: hookBase(values),
    clone: cloneConfig(values),
    pollMs: values.SORTIE_POLL_INTERVAL,
    reconcileMs: values.SORTIE_RECONCILE_INTERVAL,
    proxy: {
      HTTP_PROXY: values.HTTP_PROXY || undefined,
      HTTPS_PROXY: values.HTTPS_PROXY || undefined,
      NO_PROXY: values.NO_PROXY || undefined,
    },
  };
}

function cloneConfig(values: SettingsValues): CloneConfig {
  const login = values.DRONE_GIT_USERNAME;
  const password = values.DRONE_GIT_PASSWORD;
  if ((login === '') !== (password === '')) {
    const missing = login === '' ? 'DRONE_GIT_USERNAME' : 'DRONE_GIT_PASSWORD';
    throw new ValueProblem('is needed for the account of all clones', 'Set both or none.', missing);
  }
  return {
    ...(login === '' ? {} : { account: { login, password } }),
    alwaysUsesCredentials: values.DRONE_GIT_ALWAYS_AUTH,
    rewrites: values.SORTIE_CLONE_URL_REWRITE.map(rewrite),
    mirrorBytes: values.SORTIE_MIRROR_QUOTA,
  };
}

function rewrite(item: string): AddressRewrite {
  // Addresses may hold the sign too, but not before their path.
  const [from = '', to = ''] = item.split('=', 2).map((text) => text.trim());
  if (isHttp(from) && isHttp(to)) return { from, to };
  throw new ValueProblem(
    'is not a pair of addresses',
    'Write it as http://localhost:3000=http://gogs:3000.',
    'SORTIE_CLONE_URL_REWRITE',
  );
}

function isHttp(text: string): boolean {
  const url = URL.parse(text);
  const isPlain = url !== null && url.username === '' && url.search === '' && url.hash === '';
  return isPlain && (url.protocol === 'http:' || url.protocol === 'https:');
}

function isHookCategory(name: string): name is HookCategory {
  return ['branch', 'deployment', 'push', 'tag', 'pull_request'].includes(name);
}

function hookBase(values: SettingsValues): string {
  const host = values.DRONE_SERVER_PROXY_HOST;
  if (host === '') return '';
  const proto = values.DRONE_SERVER_PROXY_PROTO || values.DRONE_SERVER_PROTO || 'http';
  return `${proto}://${host.replace(/^https?:\/\//, '').replace(/\/+$/, '')}`;
}

const NO_OAUTH: OAuth2Client = { clientId: '', clientSecret: '', scope: '' };
const NOTHING = { oauth: NO_OAUTH, consumerKey: '', privateKeyPath: '' };

function bitbucket(values: SettingsValues): ServiceConfig | undefined {
  const clientId = values.DRONE_BITBUCKET_CLIENT_ID;
  if (clientId === '') return undefined;
  const server = address(values, 'SORTIE_BITBUCKET_SERVER');
  return {
    ...NOTHING,
    kind: 'bitbucket',
    title: 'Bitbucket Cloud',
    server,
    // The real one has its interface on a host of its own.
    ...(server === 'https://bitbucket.org/' ? {} : { apiServer: server }),
    oauth: { clientId, clientSecret: needed(values, 'DRONE_BITBUCKET_CLIENT_SECRET'), scope: '' },
    skipsVerify: values.DRONE_BITBUCKET_SKIP_VERIFY,
    logsAnswers: values.DRONE_BITBUCKET_DEBUG,
  };
}

function github(values: SettingsValues): ServiceConfig | undefined {
  const clientId = values.DRONE_GITHUB_CLIENT_ID;
  if (clientId === '') return undefined;
  const clientSecret = needed(values, 'DRONE_GITHUB_CLIENT_SECRET');
  const apiServer = values.DRONE_GITHUB_API_SERVER;
  return {
    ...NOTHING,
    kind: 'github',
    title: 'GitHub',
    server: address(values, 'DRONE_GITHUB_SERVER'),
    ...(apiServer === '' ? {} : { apiServer: address(values, 'DRONE_GITHUB_API_SERVER') }),
    ...internal(values, 'SORTIE_GITHUB_INTERNAL_URL'),
    oauth: { clientId, clientSecret, scope: values.DRONE_GITHUB_SCOPE.join(',') },
    skipsVerify: values.DRONE_GITHUB_SKIP_VERIFY,
    logsAnswers: values.DRONE_GITHUB_DEBUG,
    acceptsSha1: values.SORTIE_GITHUB_SHA1,
  };
}

function gitea(values: SettingsValues): ServiceConfig | undefined {
  if (values.DRONE_GITEA_SERVER === '') return undefined;
  const clientId = needed(values, 'DRONE_GITEA_CLIENT_ID');
  const clientSecret = needed(values, 'DRONE_GITEA_CLIENT_SECRET');
  return {
    ...NOTHING,
    kind: 'gitea',
    title: 'Gitea',
    server: address(values, 'DRONE_GITEA_SERVER'),
    ...internal(values, 'SORTIE_GITEA_INTERNAL_URL'),
    ...(values.DRONE_GITEA_REDIRECT_URL === ''
      ? {}
      : { redirectUrl: address(values, 'DRONE_GITEA_REDIRECT_URL') }),
    oauth: { clientId, clientSecret, scope: values.DRONE_GITEA_SCOPE.join(',') },
    skipsVerify: values.DRONE_GITEA_SKIP_VERIFY,
    logsAnswers: values.DRONE_GITEA_DEBUG,
  };
}

function gitlab(values: SettingsValues): ServiceConfig | undefined {
  const clientId = values.DRONE_GITLAB_CLIENT_ID;
  if (clientId === '') return undefined;
  return {
    ...NOTHING,
    kind: 'gitlab',
    title: 'GitLab',
    server: address(values, 'DRONE_GITLAB_SERVER'),
    ...internal(values, 'SORTIE_GITLAB_INTERNAL_URL'),
    oauth: { clientId, clientSecret: needed(values, 'DRONE_GITLAB_CLIENT_SECRET'), scope: '' },
    skipsVerify: values.DRONE_GITLAB_SKIP_VERIFY,
    logsAnswers: values.DRONE_GITLAB_DEBUG,
  };
}

function gogs(values: SettingsValues): ServiceConfig | undefined {
  if (values.DRONE_GOGS_SERVER === '') return undefined;
  return {
    ...NOTHING,
    kind: 'gogs',
    title: 'Gogs',
    server: address(values, 'DRONE_GOGS_SERVER'),
    ...internal(values, 'SORTIE_GOGS_INTERNAL_URL'),
    skipsVerify: values.DRONE_GOGS_SKIP_VERIFY,
    logsAnswers: values.DRONE_GOGS_DEBUG,
  };
}

function stash(values: SettingsValues): ServiceConfig | undefined {
  const consumerKey = values.DRONE_STASH_CONSUMER_KEY;
  if (consumerKey === '') return undefined;
  return {
    ...NOTHING,
    kind: 'stash',
    title: 'Bitbucket Server',
    server: address(values, 'DRONE_STASH_SERVER'),
    ...internal(values, 'SORTIE_STASH_INTERNAL_URL'),
    consumerKey,
    privateKeyPath: needed(values, 'DRONE_STASH_PRIVATE_KEY'),
    skipsVerify: values.DRONE_STASH_SKIP_VERIFY,
    logsAnswers: values.DRONE_STASH_DEBUG,
  };
}

type TextName = {
  [Name in keyof SettingsValues]: SettingsValues[Name] extends string ? Name : never;
}[keyof SettingsValues];

function needed(values: SettingsValues, name: TextName): string {
  const value = values[name];
  if (value !== '') return value;
  throw new ValueProblem(
    'is needed to connect the Git service',
    `Set ${name} beside the other settings.`,
    name,
  );
}

function internal(values: SettingsValues, name: TextName): { readonly internalUrl?: string } {
  return values[name] === '' ? {} : { internalUrl: address(values, name) };
}

function address(values: SettingsValues, name: TextName): string {
  const text = needed(values, name);
  const url = URL.parse(text);
  const isUsable =
    url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.search === '';
  if (isUsable && url.username === '') return url.href;
  throw new ValueProblem('is not the address of a Git service', 'Write it as https://git.example.com.', name);
}
