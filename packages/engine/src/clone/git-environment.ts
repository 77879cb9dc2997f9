import { Buffer } from 'node:buffer';
import { AppError } from '@sortie/core/errors';
import type { PlanClone } from '@sortie/core/plan';
import type { EngineStage } from '../engine.ts';

export type CloneCredentials = NonNullable<EngineStage['cloneCredentials']>;

/** The protocols that a clone may use. No ssh (whose key?) and no local paths (whose files?) by default. */
export const DEFAULT_PROTOCOLS: readonly string[] = ['http', 'https'];

/** Taken over from the environment of the step; everything else of it is kept from git. */
const PASSED_ON = [
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'GIT_AUTHOR_NAME',
  'GIT_AUTHOR_EMAIL',
  'GIT_COMMITTER_NAME',
  'GIT_COMMITTER_EMAIL',
];

export interface Remote {
  /** Without name and password. */
  readonly url: string;
  readonly credentials: CloneCredentials | undefined;
}

/**
 * The address to clone from. Credentials inside of the address are taken out of it, so that they appear neither
 * in `.git/config` nor in messages of git. Throws `clone-failed` for a protocol that is not allowed.
 */
export function parseRemote(
  address: string,
  credentials: CloneCredentials | undefined,
  protocols: readonly string[],
): Remote {
  const url = URL.parse(address);
  const protocol = url?.protocol.slice(0, -1) ?? '';
  if (url === null || !protocols.includes(protocol)) {
    throw new AppError('clone-failed', 'The clone address does not use a protocol that the runner accepts.', {
      hint: `Accepted: ${protocols.join(', ')}. For others set a clone image for the runner.`,
    });
  }
  const own =
    url.username === ''
      ? undefined
      : {
          machine: url.hostname,
          login: decodeURIComponent(url.username),
          password: decodeURIComponent(url.password),
        };
  url.username = '';
  url.password = '';
  const given = credentials?.machine === url.hostname ? credentials : undefined;
  return { url: url.href, credentials: given ?? own };
}

/**
 * The whole environment of the git program: no configuration of the machine or the user, no prompts, no hooks,
 * no other protocols, and the password where no process list and no file shows it.
 */
export function gitEnvironment(
  remote: Remote,
  clone: PlanClone,
  options: {
    readonly path: string;
    readonly protocols: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly caPath?: string | undefined;
  },
): Record<string, string> {
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = options.environment[name];
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  return {
    GIT_AUTHOR_NAME: 'drone',
    GIT_AUTHOR_EMAIL: 'noreply@drone',
    GIT_COMMITTER_NAME: 'drone',
    GIT_COMMITTER_EMAIL: 'noreply@drone',
    ...Object.fromEntries(passedOn),
    PATH: options.path,
    // Not a directory: neither .netrc nor .gitconfig of the runner's user is read.
    HOME: '/dev/null',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    ...(clone.trace ? { GIT_TRACE: 'true' } : {}),
    ...asVariables(settings(remote, clone, options)),
  };
}

function settings(
  remote: Remote,
  clone: PlanClone,
  { protocols, caPath }: { readonly protocols: readonly string[]; readonly caPath?: string | undefined },
): [string, string][] {
  const list: [string, string][] = [
    ['protocol.allow', 'never'],
    ...protocols.map((protocol): [string, string] => [`protocol.${protocol}.allow`, 'always']),
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['credential.helper', ''],
    ['commit.gpgSign', 'false'],
    ['submodule.recurse', 'false'],
    ['fetch.recurseSubmodules', 'false'],
    ['advice.detachedHead', 'false'],
    // A clone lives for minutes; tidying it up costs more than it saves.
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
  ];
  if (clone.skipVerify) list.push(['http.sslVerify', 'false']);
  if (caPath !== undefined) list.push(['http.sslCAInfo', caPath]);
  // Stronger than `.lfsconfig`, with which a commit could have the credentials sent to another path of the host.
  if (clone.lfs === true)
    list.push(['lfs.url', `${lfsBase(remote.url)}/info/lfs`], ['lfs.locksverify', 'false']);
  if (remote.credentials === undefined) return list;
  const { login, password } = remote.credentials;
  const basic = Buffer.from(`${login}:${password}`).toString('base64');
  list.push([`http.${new URL('/', remote.url).href}.extraHeader`, `Authorization: Basic ${basic}`]);
  // Git would send the header on to wherever it is redirected.
  list.push(['http.followRedirects', 'false']);
  return list;
}

/** Where a service answers for Git LFS: below the address that ends in `.git`. */
function lfsBase(url: string): string {
  const bare = url.replace(/\/+$/, '');
  return bare.endsWith('.git') ? bare : `${bare}.git`;
}

function asVariables(list: readonly [string, string][]): Record<string, string> {
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(list.length) };
  for (const [at, [key, value]] of list.entries()) {
    variables[`GIT_CONFIG_KEY_${at}`] = key;
    variables[`GIT_CONFIG_VALUE_${at}`] = value;
  }
  return variables;
}
