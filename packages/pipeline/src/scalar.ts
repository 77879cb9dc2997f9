import type { ScalarValue } from './tree.ts';

const TAG_PREFIX = 'tag:yaml.org,2002:';

const WORDS: ReadonlyMap<string, ScalarValue> = new Map<string, ScalarValue>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, { type: 'null' }] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, { type: 'bool', value: true }] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, { type: 'bool', value: false }] as const,
  ),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, { type: 'float', value: Number.NaN }] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map(
    (word) => [word, { type: 'float', value: Number.POSITIVE_INFINITY }] as const,
  ),
  ...['-.inf', '-.Inf', '-.INF'].map(
    (word) => [word, { type: 'float', value: Number.NEGATIVE_INFINITY }] as const,
  ),
]);

const FLOAT = /^[-+]?[0-9]*\.?[0-9]+(?:[eE][-+][0-9]+)?$/;
const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 64n - 1n;

/**
 * What a scalar means: plain ones by the YAML 1.1 rules of Drone's parser (pipeline.md 1.5: `yes`, `010` is 8,
 * `1e3` is text), quoted ones are text, a tag decides against both.
 */
export function resolveScalar(text: string, isPlain: boolean, tag: string | undefined): ScalarValue {
  if (tag === undefined) return isPlain ? resolvePlain(text) : { type: 'string' };
  switch (tag.startsWith(TAG_PREFIX) ? tag.slice(TAG_PREFIX.length) : '') {
    case 'null':
      return { type: 'null' };
    case 'bool':
    case 'int':
      return resolvePlain(text);
    case 'float': {
      const value = resolvePlain(text);
      return value.type === 'int' ? { type: 'float', value: Number(value.value) } : value;
    }
    case 'str':
    case 'binary':
      return { type: 'string' };
    default:
      return isPlain ? resolvePlain(text) : { type: 'string' };
  }
}

/** True for tags with a meaning here; others are remarked and ignored. */
export function isKnownTag(tag: string): boolean {
  const name = tag.startsWith(TAG_PREFIX) ? tag.slice(TAG_PREFIX.length) : tag;
  return ['null', 'bool', 'int', 'float', 'str', 'binary', 'map', 'seq', '!'].includes(name);
}

/** The text of a `!!binary` scalar; `undefined` when it is not base64. */
export function decodeBinary(text: string): string | undefined {
  const compact = text.replace(/\s/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) return undefined;
  const bytes = Uint8Array.from(atob(compact), (char) => char.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

export function isBinaryTag(tag: string | undefined): boolean {
  return tag === `${TAG_PREFIX}binary`;
}

function resolvePlain(text: string): ScalarValue {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return { type: 'string' };
  const digits = text.startsWith('.') ? text : text.replaceAll('_', '');
  const integer = parseInteger(digits);
  if (integer !== undefined) return { type: 'int', value: integer };
  if (FLOAT.test(digits)) return { type: 'float', value: Number(digits) };
  return { type: 'string' };
}

function parseInteger(digits: string): bigint | undefined {
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/.exec(digits);
  if (match === null) return undefined;
  const body = match[2] ?? '';
  const magnitude = BigInt(/^0[0-7]/.test(body) ? `0o${body.slice(1)}` : body.toLowerCase());
  const value = match[1] === '-' ? -magnitude : magnitude;
  return value < MIN_INT || value > MAX_INT ? undefined : value;
}
