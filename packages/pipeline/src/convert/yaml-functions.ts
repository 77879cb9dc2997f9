import { GoFloat, GoRecord, GoStringMap } from '@sortie/gotemplate/data';
import { parse } from 'yaml';
import { type OutValue, writeDocuments } from '../out-yaml.ts';

/** What `yamlEncode` and `yamlDecode` of templates do. */
export const YAML_FUNCTIONS = {
  encode: (data: unknown): string => writeDocuments([toOut(data)], 'kept').slice('---\n'.length),
  decode: (text: string): unknown =>
    parse(text, { version: '1.1', merge: true, mapAsMap: true, logLevel: 'error' }),
} as const;

/** Maps with sorted keys, and records with their field names in lower case, as Go's library writes them. */
function toOut(data: unknown): OutValue {
  if (typeof data === 'string') return data;
  if (Array.isArray(data)) return data.map(toOut);
  if (data instanceof GoRecord)
    return toMap([...data.fields].map(([name, value]) => [name.toLowerCase(), value]));
  if (data instanceof GoStringMap) return toMap([...data.entries]);
  if (data instanceof Map) return toMap([...data].map(([key, value]) => [String(key), value]));
  if (data instanceof GoFloat) return { bare: String(data.value) };
  return data === null || data === undefined ? null : { bare: String(data) };
}

function toMap(entries: readonly (readonly [string, unknown])[]): OutValue {
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([key, value]) => [key, toOut(value)]));
}
