import type { KeyTable, KeyUse } from '../field.ts';

/** Pipeline types whose keys are known here; those of other types are their runner's business. */
export const LANGUAGE_TYPES = ['docker', 'exec', 'kubernetes', 'ssh'] as const;
export type LanguageType = (typeof LANGUAGE_TYPES)[number];

/** The shape of a value, as readers, the JSON Schema and the reference page understand it. */
export type ValueShape =
  | { readonly kind: 'text'; readonly words?: readonly string[] }
  | { readonly kind: 'flag' | 'count' | 'number' | 'size' | 'quantity' | 'any' }
  | { readonly kind: 'texts' | 'text-map' | 'variables' | 'settings' | 'secret-text' }
  | { readonly kind: 'condition' | 'path-condition' | 'conditions' | 'names' }
  | {
      readonly kind: 'record' | 'records' | 'named-records' | 'flag-or-record' | 'count-or-record';
      readonly record: string;
    };

/** What becomes of a key, per pipeline type; a type that is left out does not know the key. */
export type Uses = Readonly<Partial<Record<LanguageType, KeyUse>>>;

/** One key of a record: everything that reader, schema and reference page know of it. */
export interface FieldDefinition {
  readonly key: string;
  readonly value: ValueShape;
  readonly use: Uses;
  /** What holds without the key, in words or as YAML. */
  readonly default?: string;
  /** Sentences for users. */
  readonly text: string;
  /** YAML lines of this key alone, as they stand in a record; a test lints each one. */
  readonly example: string;
  /** Section of the specification that holds the rule. */
  readonly rule: string;
}

/** A map with a fixed set of keys. */
export interface RecordDefinition {
  readonly name: string;
  readonly title: string;
  readonly text: string;
  /** A whole document around the example of a field, which stands at `%` with the indentation of that mark. */
  readonly frame: string;
  /** Keys that must be there. */
  readonly required?: readonly string[];
  readonly fields: readonly FieldDefinition[];
}

/** The keys of a record for one pipeline type, as readers check them. */
export function keysOf(record: RecordDefinition, type: LanguageType = 'docker'): KeyTable {
  const table: Record<string, KeyUse> = {};
  for (const { key, use } of record.fields) {
    const here = use[type];
    if (here !== undefined) table[key] = here;
  }
  return table;
}

/** Used by every type. */
export const EVERYWHERE: Uses = { docker: 'used', exec: 'used', kubernetes: 'used', ssh: 'used' };
/** Used by types that run containers; exec and ssh accept it and do nothing. */
export const CONTAINERS: Uses = { docker: 'used', exec: 'no-effect', kubernetes: 'used', ssh: 'no-effect' };
/** Used by docker; the others accept it and do nothing. */
export const DOCKER: Uses = {
  docker: 'used',
  exec: 'no-effect',
  kubernetes: 'no-effect',
  ssh: 'no-effect',
};
/** Used by kubernetes; the others do not know it. */
export const KUBERNETES: Uses = { kubernetes: 'used' };
/** Accepted by every type, without effect. */
export const IDLE: Uses = {
  docker: 'no-effect',
  exec: 'no-effect',
  kubernetes: 'no-effect',
  ssh: 'no-effect',
};
