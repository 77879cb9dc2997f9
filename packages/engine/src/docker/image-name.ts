/** The name of an image in full: `golang` is `docker.io/library/golang:latest`. */
export interface ImageName {
  /** Registry, path, and tag or digest. */
  readonly reference: string;
  /** Host of the registry with its port, for example `docker.io`. */
  readonly registry: string;
  /** Empty when the image is named by digest alone. */
  readonly tag: string;
}

const HOST = /^[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;

/** Reads a name as Docker does (pipeline.md 7.2); `undefined` for a text that names no image. */
export function parseImageName(text: string): ImageName | undefined {
  const [beforeDigest = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest))) return undefined;
  const { name, tag } = splitTag(beforeDigest);
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  const [first = '', ...rest] = name.split('/');
  const hasHost =
    rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const path = hasHost ? rest : [first, ...rest];
  if (hasHost && !HOST.test(first)) return undefined;
  if (!path.every((part) => PATH.test(part))) return undefined;
  const registry = hasHost ? registryHost(first) : 'docker.io';
  const full = registry === 'docker.io' && path.length === 1 ? ['library', ...path] : path;
  const shownTag = tag ?? (digest === undefined ? 'latest' : '');
  const suffix = `${shownTag === '' ? '' : `:${shownTag}`}${digest === undefined ? '' : `@${digest}`}`;
  return { reference: `${registry}/${full.join('/')}${suffix}`, registry, tag: shownTag };
}

/** The host of a registry address: scheme and path do not count, `index.docker.io` is `docker.io`. */
export function registryHost(address: string): string {
  const host = address.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return host === 'index.docker.io' ? 'docker.io' : host;
}

/** A colon behind the last slash begins the tag; one before it belongs to a port. */
function splitTag(text: string): { readonly name: string; readonly tag: string | undefined } {
  const colon = text.indexOf(':', text.lastIndexOf('/') + 1);
  if (colon === -1) return { name: text, tag: undefined };
  return { name: text.slice(0, colon), tag: text.slice(colon + 1) };
}
