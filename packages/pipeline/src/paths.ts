import { posix } from 'node:path';

/** A slash-separated path without `.`, `..`, double and trailing slashes; `.` for the empty path. */
export function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean;
}

/** Places of the system where neither a workspace nor the volume of a privileged plugin may lie (7.3). */
const RESTRICTED_EXACT = ['/', '/etc', '/var'];
/** These and everything below. */
const RESTRICTED_PREFIXES = [
  '/etc/docker',
  '/var/run',
  '/proc',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/bin',
  '/bin',
  '/mnt',
  '/mount',
  '/media',
  '/sys',
  '/dev',
];

/** True for paths that would hide parts of the system inside a container. */
export function isRestrictedPath(path: string): boolean {
  const clean = cleanPath(path).toLowerCase();
  if (RESTRICTED_EXACT.includes(clean)) return true;
  return RESTRICTED_PREFIXES.some((prefix) => clean === prefix || clean.startsWith(`${prefix}/`));
}
