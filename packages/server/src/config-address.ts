import { RESERVED_SEGMENTS } from '@sortie/core/reserved';
import { ValueProblem } from './config-values.ts';

export interface PublicPlace {
  /** Host with its port, in lower case; empty when none is given. */
  readonly host: string;
  /** Path before everything that the server answers, for example `/ci`; empty at the root of the host. */
  readonly pathPrefix: string;
}

const SETTING = 'DRONE_SERVER_HOST';

/** Reads `host[:port][/path]`; a scheme before it and slashes after it do not count. Throws `ValueProblem`. */
export function parsePublicPlace(text: string): PublicPlace {
  const plain = text.replace(/^https?:\/\//i, '').replace(/\/+$/, '');
  const at = plain.indexOf('/');
  const host = (at < 0 ? plain : plain.slice(0, at)).toLowerCase();
  const pathPrefix = at < 0 ? '' : plain.slice(at);
  if (plain !== '' && !isHost(host)) {
    throw new ValueProblem('is not a host', 'Write the public host, such as ci.example.com.', SETTING);
  }
  checkPrefix(pathPrefix);
  return { host, pathPrefix };
}

function isHost(host: string): boolean {
  return /^[^\s@?#\\]+$/.test(host) && URL.canParse(`http://${host}`);
}

function checkPrefix(prefix: string): void {
  if (prefix === '') return;
  const segments = prefix.slice(1).split('/');
  const isPlain = segments.every((segment) => /^(?!\.{1,2}$)[A-Za-z0-9._~-]+$/.test(segment));
  if (!isPlain) {
    throw new ValueProblem(
      'has a path that is not made of plain segments',
      'Use letters, digits, "-", "_", "." and "~", as in example.com/ci.',
      SETTING,
    );
  }
  const [first = ''] = segments;
  // With it, nobody could tell a path below the prefix from one whose prefix a proxy has taken off.
  if (RESERVED_SEGMENTS.has(first.toLowerCase())) {
    throw new ValueProblem(
      `has a path that begins with ${JSON.stringify(first)}, a word of the server's own addresses`,
      'Choose another path, such as example.com/ci.',
      SETTING,
    );
  }
}

/** A request path without the prefix; one that does not have it, because a proxy has taken it off, stays as it is. */
export function withoutPrefix(url: string, prefix: string): string {
  if (prefix === '' || !url.startsWith(prefix)) return url;
  const rest = url.slice(prefix.length);
  if (rest.startsWith('/')) return rest;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : url;
}

/** Reads the path of the 0.5 API: one segment after a slash; `off` is none. Throws `ValueProblem`. */
export function parseLegacyPrefix(text: string): string {
  if (text === '' || text.toLowerCase() === 'off') return '';
  const isTaken = RESERVED_SEGMENTS.has(text.slice(1).toLowerCase()) && text !== '/v0';
  if (/^\/[A-Za-z0-9_-]+$/.test(text) && !isTaken) return text;
  throw new ValueProblem(
    isTaken ? 'is a path of the server itself' : 'is not a path of one segment',
    'Write a slash and a word, such as /v0, or off.',
    'SORTIE_LEGACY_PREFIX',
  );
}
