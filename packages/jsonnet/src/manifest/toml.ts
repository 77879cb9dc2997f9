import { isJsonObject, type JsonObject, type JsonValue } from '../json-value.ts';
import { formatNumber } from '../runtime/numbers.ts';
import { type Charge, quoteJson } from '../runtime/render-json.ts';
import { compareText } from '../runtime/text.ts';

/** What cannot be written in TOML; `path` names it. */
export class TomlError extends Error {
  override readonly name = 'TomlError';
}

interface Job {
  readonly indent: string;
  readonly charge: Charge;
}

/** A TOML document without a line break at the end (`std.manifestTomlEx`). Throws `TomlError` for a null. */
export function manifestToml(table: JsonObject, indent: string, charge: Charge): string {
  return renderTable(table, { indent, charge }, [], '');
}

/** First the plain values, then the sections. `current` is the indent of the lines. */
function renderTable(table: JsonObject, job: Job, path: readonly string[], current: string): string {
  const lines: string[] = [];
  const sections: string[] = [''];
  for (const name of Object.keys(table).sort(compareText)) {
    const value = table[name] ?? null;
    const inner = [...path, name];
    if (isJsonObject(value)) sections.push(renderSection(value, job, inner, current, ['[', ']']));
    else if (isTableArray(value)) sections.push(renderTableArray(value, job, inner, current));
    else lines.push(...`${tomlKey(name)} = ${renderValue(value, job, inner, false)}`.split('\n'));
  }
  job.charge(lines.length * (current.length + 1) + lines.reduce((sum, line) => sum + line.length, 0));
  const head = lines.length === 0 ? '' : current + lines.join(`\n${current}`);
  return head + sections.join('\n\n');
}

function isTableArray(value: JsonValue): value is JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isJsonObject);
}

function renderSection(
  table: JsonObject,
  job: Job,
  path: readonly string[],
  current: string,
  [open, close]: readonly [string, string],
): string {
  const title = current + open + path.map(tomlKey).join('.') + close;
  job.charge(2 * title.length);
  const lineBreak = Object.keys(table).length === 0 ? '' : '\n';
  const body = renderTable(table, job, path, current + job.indent);
  job.charge(body.length);
  return title + lineBreak + body;
}

function renderTableArray(
  tables: readonly JsonObject[],
  job: Job,
  path: readonly string[],
  current: string,
): string {
  return tables.map((table) => renderSection(table, job, path, current, ['[[', ']]'])).join('\n\n');
}

/** Arrays in a table are broken into lines; whatever is inside them stays on one line. */
function renderValue(value: JsonValue, job: Job, path: readonly string[], isInline: boolean): string {
  if (value === null) throw new TomlError(`TOML has no null, but there is one at ${path.join('.')}.`);
  if (typeof value === 'string') return quoteJson(value);
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return renderInlineTable(value, job, path);
  if (value.length === 0) return '[]';
  const separator = isInline ? ' ' : '\n';
  const indent = isInline ? '' : job.indent;
  const items = value.map((item, index) => indent + renderValue(item, job, [...path, String(index)], true));
  job.charge(items.reduce((sum, item) => sum + item.length + 2, 0));
  return `[${separator}${items.join(`,${separator}`)}${separator}]`;
}

function renderInlineTable(table: JsonObject, job: Job, path: readonly string[]): string {
  const fields = Object.keys(table)
    .sort(compareText)
    .map((name) => `${tomlKey(name)} = ${renderValue(table[name] ?? null, job, [...path, name], true)}`);
  job.charge(fields.reduce((sum, field) => sum + field.length + 2, 0));
  return `{ ${fields.join(', ')} }`;
}

function tomlKey(name: string): string {
  if (name === '') return "''";
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : quoteJson(name);
}
