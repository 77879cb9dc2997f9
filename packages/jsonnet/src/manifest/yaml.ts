import { isJsonObject, type JsonObject, type JsonValue } from '../json-value.ts';
import { formatNumber } from '../runtime/numbers.ts';
import { type Charge, quoteJson } from '../runtime/render-json.ts';
import { compareText } from '../runtime/text.ts';
import { isPlainKey } from './yaml-keys.ts';

export interface YamlOptions {
  readonly isArrayIndented: boolean;
  readonly isEveryKeyQuoted: boolean;
}

/** One YAML document without a line break at the end (`std.manifestYamlDoc`). */
export function manifestYaml(value: JsonValue, options: YamlOptions, charge: Charge): string {
  return render(value, { options, charge }, '');
}

interface Job {
  readonly options: YamlOptions;
  readonly charge: Charge;
}

function render(value: JsonValue, job: Job, indent: string): string {
  if (typeof value === 'string') return renderText(value, job, indent);
  if (typeof value === 'number') return formatNumber(value);
  if (Array.isArray(value)) return renderArray(value, job, indent);
  if (isJsonObject(value)) return renderObject(value, job, indent);
  return String(value);
}

/** Text that ends with a line break becomes a block, everything else a quoted string. */
function renderText(text: string, job: Job, indent: string): string {
  if (!text.endsWith('\n')) return quoteJson(text);
  const lines = text.slice(0, -1).split('\n');
  job.charge(text.length + lines.length * (indent.length + 3));
  return ['|', ...lines].join(`\n${indent}  `);
}

function renderArray(items: readonly JsonValue[], job: Job, indent: string): string {
  if (items.length === 0) return '[]';
  const lines = items.map((item) => {
    const isNested = isFilled(item);
    const inner = isNested ? `${indent}  ` : indent;
    const gap = isNested && Array.isArray(item) ? `\n${inner}` : ' ';
    const text = `-${gap}${render(item, job, inner)}`;
    job.charge(text.length + indent.length);
    return text;
  });
  return lines.join(`\n${indent}`);
}

function renderObject(object: JsonObject, job: Job, indent: string): string {
  const names = Object.keys(object).sort(compareText);
  if (names.length === 0) return '{}';
  const lines = names.map((name) => {
    const value = object[name] ?? null;
    const isStep = !Array.isArray(value) || job.options.isArrayIndented;
    const inner = isFilled(value) && isStep ? `${indent}  ` : indent;
    const gap = isFilled(value) ? `\n${inner}` : ' ';
    const key = !job.options.isEveryKeyQuoted && isPlainKey(name) ? name : quoteJson(name);
    const text = `${key}:${gap}${render(value, job, inner)}`;
    job.charge(text.length + indent.length);
    return text;
  });
  return lines.join(`\n${indent}`);
}

function isFilled(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
