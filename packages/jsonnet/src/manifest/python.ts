import { isJsonObject, type JsonObject, type JsonValue } from '../json-value.ts';
import { formatNumber } from '../runtime/numbers.ts';
import { type Charge, quoteJson } from '../runtime/render-json.ts';
import { compareText } from '../runtime/text.ts';

/** A Python expression on one line (`std.manifestPython`). */
export function manifestPython(value: JsonValue, charge: Charge): string {
  const text = render(value, charge);
  charge(text.length);
  return text;
}

function render(value: JsonValue, charge: Charge): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'string') return quoteJson(value);
  if (Array.isArray(value)) return `[${value.map((item) => manifestPython(item, charge)).join(', ')}]`;
  const fields = sortedNames(value).map(
    (name) => `${quoteJson(name)}: ${manifestPython(value[name] ?? null, charge)}`,
  );
  return `{${fields.join(', ')}}`;
}

/** One assignment per field (`std.manifestPythonVars`). */
export function manifestPythonVars(object: JsonObject, charge: Charge): string {
  return sortedNames(object)
    .map((name) => `${name} = ${manifestPython(object[name] ?? null, charge)}\n`)
    .join('');
}

/** `text` gives the form of a value. Fails by `undefined` when there are no sections (`std.manifestIni`). */
export function manifestIni(ini: JsonObject, text: (value: JsonValue) => string): string | undefined {
  const { main, sections } = ini;
  if (sections === undefined || !isJsonObject(sections)) return undefined;
  const lines = main === undefined ? [] : iniLines(main, text);
  for (const name of sortedNames(sections)) {
    lines.push(`[${name}]`, ...iniLines(sections[name] ?? null, text));
  }
  return [...lines, ''].join('\n');
}

function iniLines(body: JsonValue, text: (value: JsonValue) => string): string[] {
  if (!isJsonObject(body)) return [];
  return sortedNames(body).flatMap((name) => {
    const value = body[name] ?? null;
    return (Array.isArray(value) ? value : [value]).map((item) => `${name} = ${text(item)}`);
  });
}

function sortedNames(object: JsonObject): string[] {
  return Object.keys(object).sort(compareText);
}
