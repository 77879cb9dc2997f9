/**
 * The address from a payload or answer when it is HTTP(S) on one of the origins; empty otherwise. What somebody
 * else wrote must not make the server, a runner or a browser go elsewhere.
 */
export function ownAddress(value: string, origins: readonly string[]): string {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return '';
  if (url.username !== '' || url.password !== '' || !origins.includes(url.origin)) return '';
  return url.href;
}

/** The SSH address when it is scp-style or `ssh:` on this host name; empty otherwise. */
export function ownSshAddress(value: string, hostname: string): string {
  const scp = /^[A-Za-z0-9._-]{1,64}@([A-Za-z0-9.-]{1,253}):[^\s-][^\s]{0,1000}$/.exec(value);
  if (scp !== null) return scp[1]?.toLowerCase() === hostname ? value : '';
  const url = URL.parse(value);
  const isOwn =
    url?.protocol === 'ssh:' && url.hostname.toLowerCase() === hostname && !url.username.startsWith('-');
  return isOwn ? url.href : '';
}
