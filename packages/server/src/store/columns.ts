import { type Finding, SEVERITIES, type Severity } from '@sortie/core/finding';
import type { Flag } from './column-types.ts';

/** Boolean to column; `undefined` stays, so that a patch leaves the column alone. */
export function toFlag(value: boolean): Flag;
export function toFlag(value: boolean | undefined): Flag | undefined;
export function toFlag(value: boolean | undefined): Flag | undefined {
  if (value === undefined) return undefined;
  return value ? 1 : 0;
}

/** JSON text of a value; `undefined` stays, so that a patch leaves the column alone. */
export function toJson(value: object): string;
export function toJson(value: object | undefined): string | undefined;
export function toJson(value: object | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

/** What most rows hold: told apart before anything is parsed, since lists read many rows. */
const NO_MEMBERS: Readonly<Record<string, string>> = Object.freeze({});

/** The strings of a JSON list; other members are left out. */
export function parseStrings(text: string): readonly string[] {
  if (text === '' || text === '[]') return [];
  const value = parse(text);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The numbers of a JSON list; other members are left out. */
export function parseNumbers(text: string): readonly number[] {
  const value = parse(text);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [];
}

/** The string members of a JSON object. */
export function parseStringMap(text: string): Readonly<Record<string, string>> {
  if (text === '' || text === '{}') return NO_MEMBERS;
  const entries = Object.entries(asRecord(parse(text)));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** What the compiler had to say, as `Build.findings` keeps it. */
export function parseFindings(text: string): readonly Finding[] {
  if (text === '' || text === '[]') return [];
  const value = parse(text);
  return Array.isArray(value) ? value.map((item) => toFinding(asRecord(item))) : [];
}

function parse(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function toFinding(value: Readonly<Record<string, unknown>>): Finding {
  return {
    severity: SEVERITIES.find((severity): severity is Severity => severity === value.severity) ?? 'error',
    code: text(value.code),
    message: text(value.message),
    ...(typeof value.hint === 'string' ? { hint: value.hint } : {}),
    file: text(value.file),
    line: count(value.line),
    column: count(value.column),
    document: count(value.document),
    pointer: text(value.pointer),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
