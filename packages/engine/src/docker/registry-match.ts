import type { RegistryCredentials } from '../engine.ts';
import { type ImageName, registryHost } from './image-name.ts';

/**
 * The login for an image: of those for its registry the one whose path is nearest (`ghcr.io/team` before `ghcr.io`
 * for `ghcr.io/team/app`), among equals the first. When all have other paths, the first: Drone looks at hosts alone.
 */
export function credentialsFor(
  image: ImageName,
  registries: readonly RegistryCredentials[],
): RegistryCredentials | undefined {
  const logins = registries.filter(({ address }) => registryHost(address) === image.registry);
  let best = logins[0];
  let bestLength = -1;
  for (const login of logins) {
    const path = pathOf(login.address);
    const isInside = path === '' || image.reference.startsWith(`${image.registry}/${path}/`);
    if (!(isInside || isImage(image, path)) || path.length <= bestLength) continue;
    best = login;
    bestLength = path.length;
  }
  return best;
}

function isImage(image: ImageName, path: string): boolean {
  const [name = ''] = image.reference.slice(image.registry.length + 1).split('@');
  return name === path || name.slice(0, Math.max(0, name.lastIndexOf(':'))) === path;
}

/** `v1` and `v2` are parts of the protocol and not of names. */
function pathOf(address: string): string {
  const path = address
    .replace(/^https?:\/\//, '')
    .split('/')
    .slice(1)
    .join('/')
    .replace(/\/+$/, '');
  return /^v[12]$/.test(path) ? '' : path;
}
