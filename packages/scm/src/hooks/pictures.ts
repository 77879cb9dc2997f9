/** The address of a picture: on the service itself, or by https on one of the hosts it keeps pictures on. */
export function pictureAddress(server: URL, hosts: readonly string[], value: string): string {
  const url = URL.parse(value);
  if (url === null || url.username !== '' || url.password !== '') return '';
  if (url.origin === server.origin) return url.href;
  const isTrusted = hosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`));
  return url.protocol === 'https:' && isTrusted ? url.href : '';
}
