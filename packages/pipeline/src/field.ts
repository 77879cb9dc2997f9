import type { Scope } from './finding-log.ts';
import { nearest } from './nearest.ts';
import type { MapEntry, MapNode, Path, Place, TreeNode } from './tree.ts';
import { describeNode, entriesOf, isNull } from './tree.ts';

/** One place of a document that a reader looks at: the node, the way to it and where to report. */
export interface Field {
  readonly node: TreeNode;
  readonly path: Path;
  readonly scope: ReadScope;
}

/** How a document is read. */
export interface ReadScope extends Scope {
  /** Only what Drone accepts, without Sortie's leniency. */
  readonly compatibility: boolean;
  /** With `compatibility`: as Drone's server reads, which knows fewer keys than its runners. */
  readonly isServer: boolean;
}

/** What becomes of a key: `used`, or `no-effect` (Drone accepts it and does nothing: a warning). */
export type KeyUse = 'used' | 'no-effect';
export type KeyTable = Readonly<Record<string, KeyUse>>;

/** The keys of a map, each as a field. */
export interface MapFields {
  readonly field: Field;
  get(key: string): Field | undefined;
  /** Where the key stands; the place of the map when it is absent. */
  placeOf(key: string): Place;
}

export function report(
  field: Pick<Field, 'path' | 'scope'> & { readonly node: Place },
  severity: 'error' | 'warning' | 'hint',
  code: string,
  message: string,
  hint?: string,
): void {
  const { scope, node, path } = field;
  scope.log.add(scope.document, { severity, code, message, hint, at: node, path });
}

/** Reports a value of the wrong shape. `wanted` reads like "a list of texts". */
export function reportShape(field: Field, wanted: string, hint?: string): void {
  const name = nameOf(field);
  report(field, 'error', 'wrong-type', `${name} must be ${wanted}, not ${describeNode(field.node)}.`, hint);
}

/** `steps[2].image`, for messages. */
export function nameOf(field: Pick<Field, 'path'>): string {
  let name = '';
  for (const part of field.path) {
    if (typeof part === 'number') name += `[${part}]`;
    else name += name === '' ? part : `.${part}`;
  }
  return name === '' ? 'The document' : `"${name}"`;
}

/**
 * The fields of a record; an empty record for nothing, `undefined` (with a finding) for other shapes. Keys that
 * the table lacks are warnings with the nearest known key, or errors when `unknown` says so.
 */
export function openMap(
  field: Field,
  keys: KeyTable,
  options: {
    readonly unknown?: 'warning' | 'error';
    readonly mode?: 'last' | 'joined';
    /** Keys that Drone's server does not look at. */
    readonly runnerOnly?: ReadonlySet<string>;
  } = {},
): MapFields | undefined {
  const { node } = field;
  if (node.kind !== 'map' && !isNull(node)) {
    reportShape(field, `a map with keys such as "${Object.keys(keys)[0] ?? ''}"`);
    return undefined;
  }
  const entries =
    node.kind === 'map' ? entriesOf(node, options.mode ?? 'joined') : new Map<string, MapEntry>();
  if (node.kind === 'map') warnRepeated(field, node);
  for (const entry of entries.values()) checkKey(field, entry, keys, options.unknown ?? 'warning');
  return {
    field,
    get(key) {
      const entry = field.scope.isServer && options.runnerOnly?.has(key) ? undefined : entries.get(key);
      return entry === undefined ? undefined : { ...field, node: entry.value, path: [...field.path, key] };
    },
    placeOf: (key) => toPlace(entries.get(key)?.key ?? node),
  };
}

function toPlace({ line, column }: Place): Place {
  return { line, column };
}

/** Every entry of a map with free keys, such as `environment`; empty for nothing, `undefined` for other shapes. */
export function openFreeMap(field: Field, wanted: string): readonly (readonly [string, Field])[] | undefined {
  const { node } = field;
  if (isNull(node)) return [];
  if (node.kind !== 'map') {
    const hint = node.kind === 'list' ? 'Write "NAME: value" lines without dashes.' : undefined;
    reportShape(field, wanted, hint);
    return undefined;
  }
  warnRepeated(field, node);
  return [...entriesOf(node)].map(([key, entry]) => [
    key,
    { ...field, node: entry.value, path: [...field.path, key] },
  ]);
}

/** The items of a list; one item for a single value unless in compatibility mode; empty for nothing. */
export function openList(field: Field, wanted: string, isLenient = true): readonly Field[] | undefined {
  const { node, path } = field;
  if (node.kind === 'list')
    return node.items.map((item, at) => ({ ...field, node: item, path: [...path, at] }));
  if (isNull(node)) return [];
  if (node.kind === 'scalar' && isLenient && !field.scope.compatibility) return [field];
  reportShape(field, wanted, 'Write one "- " item per line.');
  return undefined;
}

function warnRepeated(field: Field, node: MapNode): void {
  const seen = new Set<string>();
  for (const { key, isMerge } of node.entries) {
    if (isMerge) continue;
    if (seen.has(key.text)) {
      const hint = 'Remove one of them.';
      const at = { ...field, node: key, path: [...field.path, key.text] };
      report(
        at,
        'warning',
        'duplicate-key',
        `The key ${quoteKey(key.text)} is repeated; the last one counts.`,
        hint,
      );
    }
    seen.add(key.text);
  }
}

/** Words of other systems, so that a finding can say that they do nothing here. */
const FOREIGN_KEYS: ReadonlySet<string> = new Set(['healthcheck', 'matrix', 'retry', 'timeout']);

function checkKey(field: Field, entry: MapEntry, keys: KeyTable, unknown: 'warning' | 'error'): void {
  const name = entry.key.text;
  const at = { ...field, node: entry.key, path: [...field.path, name] };
  const use = Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (use === 'used') return;
  if (use === 'no-effect') {
    report(at, 'warning', 'no-effect', `The key ${quoteKey(name)} has no effect here.`);
    return;
  }
  if (isParkedAnchor(field, entry)) return;
  if (FOREIGN_KEYS.has(name)) {
    const hint = 'Drone does not know it either. Remove it.';
    report(at, unknown, 'not-supported', `The key ${quoteKey(name)} is not supported here.`, hint);
    return;
  }
  const guess = field.scope.log.isFull() ? undefined : nearest(name, Object.keys(keys));
  const hint = guess === undefined ? undefined : `Did you mean "${guess}"?`;
  report(at, unknown, 'unknown-key', `The key ${quoteKey(name)} is not known here.`, hint);
}

/** People keep anchors under keys of their own at the top of a document. */
function isParkedAnchor(field: Field, entry: MapEntry): boolean {
  return field.path.length === 0 && (/^(?:x-|[._])/.test(entry.key.text) || entry.value.hasAnchor);
}

function quoteKey(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}
