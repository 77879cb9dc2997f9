import { type GoValue, toPlain, toValue } from '../data.ts';
import { failed } from '../failure.ts';
import type { CallEnvironment, GoFunction, Hashes, Parameter } from '../function-table.ts';
import { decodeUtf8, encodeUtf8, toByteArray } from '../text/bytes.ts';
import { typeName, type Value } from '../value.ts';
import { toText } from './cast.ts';
import { escapeHtml } from './escape.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson } from './json-encode.ts';
import { unescapeHtml } from './unescape.ts';

const ONE: readonly Parameter[] = ['any'];

/** Drone's functions that encode, decode and hash (pipeline.md 9.2). */
export const ENCODING_FUNCTIONS: Readonly<Record<string, GoFunction>> = {
  base64Encode: onText((text) => btoa(text)),
  base64Decode: onText(decodeBase64),
  htmlEscape: onText(escapeHtml),
  htmlUnescape: onText(unescapeHtml),
  jsonify: { parameters: ONE, call: jsonify },
  jsonEncode: { parameters: ONE, call: jsonify },
  jsonDecode: { parameters: ONE, call: ({ budget }, [text]) => decodeJson(budget, toText(text)) },
  yamlEncode: { parameters: ONE, call: encodeYaml },
  yamlDecode: { parameters: ONE, call: decodeYaml },
  md5: hash('md5'),
  sha1: hash('sha1'),
  sha256: hash('sha256'),
};

function onText(call: (text: string) => string): GoFunction {
  return {
    parameters: ONE,
    call: ({ budget }, [value]) => {
      const text = toText(value);
      // No encoding here makes more than six bytes of one.
      budget.allocate(text.length * 6);
      budget.step(text.length / 32);
      return call(text);
    },
  };
}

function decodeBase64(text: string): string {
  const compact = text.replace(/[\r\n]/g, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact))
    throw failed('The text is not base64 with padding.');
  return atob(compact);
}

function jsonify({ budget }: CallEnvironment, [value]: readonly Value[]): Value {
  return { kind: 'html', text: encodeJson(budget, value) };
}

function hash(name: keyof Hashes): GoFunction {
  return {
    parameters: ONE,
    call: ({ hashes, budget }, [value]) => {
      const compute = hashes[name];
      if (compute === undefined) throw failed('This program offers no such hash to templates.');
      const text = toText(value);
      budget.allocate(text.length);
      return compute(toByteArray(text));
    },
  };
}

function encodeYaml({ yaml, budget }: CallEnvironment, [value]: readonly Value[]): Value {
  if (yaml.encode === undefined) throw failed('This program offers no YAML to templates.');
  const text = encodeUtf8(yaml.encode(toPlain(value)));
  budget.allocate(text.length);
  return { kind: 'html', text };
}

function decodeYaml({ yaml, budget }: CallEnvironment, [text]: readonly Value[]): Value {
  if (yaml.decode === undefined) throw failed('This program offers no YAML to templates.');
  const source = toText(text);
  budget.allocate(source.length);
  const value = toValue(asGoValue(yaml.decode(decodeUtf8(source))), budget);
  if (value === null) return { kind: 'map', element: 'any', entries: new Map() };
  if (typeof value === 'object' && value?.kind === 'map') return value;
  throw failed(`The YAML must be a map, not ${typeName(value)}.`);
}

/** What a YAML library returns is plain data; anything else in it is refused. */
function asGoValue(data: unknown): GoValue {
  if (data === null || data === undefined) return null;
  switch (typeof data) {
    case 'string':
    case 'boolean':
    case 'number':
    case 'bigint':
      return data;
    case 'object':
      return asCompound(data);
    default:
      throw failed('The YAML holds a value that templates do not know.');
  }
}

function asCompound(data: object): GoValue {
  if (Array.isArray(data)) return data.map(asGoValue);
  if (data instanceof Date) return data.toISOString();
  const entries: Iterable<readonly [unknown, unknown]> = data instanceof Map ? data : Object.entries(data);
  const map = new Map<string, GoValue>();
  for (const [key, value] of entries) map.set(String(key), asGoValue(value));
  return map;
}
