import { float, type GoValue } from '@sortie/gotemplate/data';
import { renderTemplate } from '@sortie/gotemplate/render';
import { isPlainList, isPlainMap, type PlainData } from './plain-data.ts';

/** Data as Go prints it: `[a b]`, `map[k:v]`. Throws `TemplateError` for what is larger than a template may make. */
export function goPrint(data: PlainData): string {
  if (typeof data === 'string') return data;
  return renderTemplate('{{print .data}}', { name: 'value', data: new Map([['data', toGoValue(data)]]) });
}

/** Data for Go templates: what was a float in YAML is one there, even where it is whole. */
export function toGoValue(data: PlainData): GoValue {
  if (isPlainList(data)) return data.map(toGoValue);
  if (isPlainMap(data)) return new Map([...data].map(([key, value]) => [key, toGoValue(value)]));
  if (typeof data === 'number') return float(data);
  // Beyond 64 bits Go reads a float.
  if (typeof data === 'bigint' && BigInt.asIntN(64, data) !== data) return float(Number(data));
  return data;
}
