import { isJsonObject, type JsonValue } from '../json-value.ts';
import type { Machine } from '../runtime/machine.ts';
import { renderJson, TO_STRING_STYLE } from '../runtime/render-json.ts';
import { compareText } from '../runtime/text.ts';

/** JsonML as XML: `[tag, {attributes}?, children…]`. Nothing is escaped, as the language defines it. */
export function manifestXml(machine: Machine, value: JsonValue): string {
  if (!Array.isArray(value)) return machine.fail('std.manifestXmlJsonml takes JsonML, which is an array.');
  return element(machine, value);
}

function element(machine: Machine, [tag, ...rest]: readonly JsonValue[]): string {
  if (tag === undefined) return machine.fail('JsonML needs a tag name as the first element.');
  const [first, ...others] = rest;
  const hasAttributes = first !== undefined && isJsonObject(first);
  const attributes = hasAttributes
    ? Object.keys(first)
        .sort(compareText)
        .map((name) => ` ${name}="${plain(machine, first[name] ?? null)}"`)
        .join('')
    : '';
  const children = (hasAttributes ? others : rest).map((child) => node(machine, child)).join('');
  const name = node(machine, tag);
  const text = `<${name}${attributes}>${children}</${name}>`;
  machine.allocate(text.length);
  return text;
}

function node(machine: Machine, value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return element(machine, value);
  return machine.fail('A child in JsonML is a string or an array.');
}

function plain(machine: Machine, value: JsonValue): string {
  if (typeof value === 'string') return value;
  return renderJson(value, TO_STRING_STYLE, (bytes) => machine.allocate(bytes));
}
