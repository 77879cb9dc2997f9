import { Buffer } from 'node:buffer';

/** Where a mirror is fetched from, and how. Nothing of it is kept on disk. */
export interface MirrorRemote {
  /** `http` or `https`, without name and password. */
  readonly url: string;
  readonly credentials?: { readonly login: string; readonly password: string };
  readonly skipsVerify: boolean;
  /** PEM file with all certificates that are trusted; absent: those of the system. */
  readonly caPath?: string;
  readonly proxy: Readonly<Record<'HTTP_PROXY' | 'HTTPS_PROXY' | 'NO_PROXY', string | undefined>>;
}

/** The name under which `fetch` knows the address. */
export const REMOTE = 'mirror';
/** A connection that is slower for so long is given up. */
const LEAST_BYTES_PER_SECOND = 1_000;
const SLOW_SECONDS = 30;

/**
 * The environment of a fetch: credentials and address where neither a list of processes nor a file shows them, no other
 * protocols, no redirects, no prompts (scm.md X19, X21).
 */
export function fetchVariables(remote: MirrorRemote): Record<string, string> {
  const { url, credentials, proxy } = remote;
  const list: [string, string][] = [
    ['protocol.allow', 'never'],
    ['protocol.http.allow', 'always'],
    ['protocol.https.allow', 'always'],
    ['http.followRedirects', 'false'],
    ['http.lowSpeedLimit', String(LEAST_BYTES_PER_SECOND)],
    ['http.lowSpeedTime', String(SLOW_SECONDS)],
    ['credential.helper', ''],
    ['core.askPass', ''],
    ['maintenance.auto', 'false'],
    ['fetch.recurseSubmodules', 'false'],
    [`remote.${REMOTE}.url`, url],
    // Trees are enough to compare; a service that cannot leave the files out sends them.
    [`remote.${REMOTE}.promisor`, 'true'],
    [`remote.${REMOTE}.partialclonefilter`, 'blob:none'],
  ];
  if (remote.skipsVerify) list.push(['http.sslVerify', 'false']);
  if (remote.caPath !== undefined) list.push(['http.sslCAInfo', remote.caPath]);
  if (credentials !== undefined) {
    const basic = Buffer.from(`${credentials.login}:${credentials.password}`).toString('base64');
    list.push([`http.${new URL('/', url).href}.extraHeader`, `Authorization: Basic ${basic}`]);
  }
  const proxies = Object.entries(proxy).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), value] as const],
  );
  const settings = list.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key] as const,
    [`GIT_CONFIG_VALUE_${at}`, value] as const,
  ]);
  return {
    GIT_CONFIG_COUNT: String(list.length),
    // A comparison that needs a file after all must not go out for it.
    GIT_NO_LAZY_FETCH: '1',
    ...Object.fromEntries([...settings, ...proxies]),
  };
}

/** True for an address that may be fetched from. */
export function isFetchable(address: string): boolean {
  const url = URL.parse(address);
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isHttp && url.username === '' && url.password === '';
}
