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
  /** True when `from_secret` can be served. */
  readonly canUseSecrets: boolean;
}

/**
 * What becomes of a key: `used`; `no-effect` (Drone accepts it and does nothing: a warning); `unsupported` (Drone
 * knows it, this version does not: an error unless its value says nothing).
 */
export type KeyUse = 'used' | 'no-effect' | 'unsupported';
export type KeyTable = Readonly<Record<string, KeyUse>>;

/** The keys of a map, each as a field. */
export interface MapFields {
  readonly field: Field;
  get(key: string): Field | undefined;
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
  options: { readonly unknown?: 'warning' | 'error'; readonly mode?: 'last' | 'joined' } = {},
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
      const entry = entries.get(key);
      return entry === undefined ? undefined : { ...field, node: entry.value, path: [...field.path, key] };
    },
  };
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

function checkKey(field: Field, entry: MapEntry, keys: KeyTable, unknown: 'warning' | 'error'): void {
  const name = entry.key.text;
  const at = { ...field, node: entry.key, path: [...field.path, name] };
  const use = Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (use === 'used') return;
  if (use === 'unsupported') {
    if (!saysNothing(entry.value)) reportUnsupported(at, quoteKey(name));
    return;
  }
  if (use === 'no-effect') {
    report(at, 'warning', 'no-effect', `The key ${quoteKey(name)} has no effect here.`);
    return;
  }
  if (isParkedAnchor(field, entry)) return;
  const guess = field.scope.log.isFull() ? undefined : nearest(name, Object.keys(keys));
  const hint = guess === undefined ? undefined : `Did you mean "${guess}"?`;
  report(at, unknown, 'unknown-key', `The key ${quoteKey(name)} is not known here.`, hint);
}

/** People keep anchors under keys of their own at the top of a document. */
function isParkedAnchor(field: Field, entry: MapEntry): boolean {
  return field.path.length === 0 && (/^(?:x-|[._])/.test(entry.key.text) || entry.value.hasAnchor);
}

/** `subject` is a quoted key or value: `"devices"`, `type "ssh"`. */
export function reportUnsupported(field: Parameters<typeof report>[0], subject: string): void {
  const hint = 'Remove it, or wait for a release that supports it.';
  report(field, 'error', 'not-supported', `${subject} is not supported yet.`, hint);
}

function saysNothing(node: TreeNode): boolean {
  if (node.kind === 'list') return node.items.length === 0;
  if (node.kind === 'map') return node.entries.length === 0;
  return node.value.type === 'null' || (node.value.type === 'bool' && !node.value.value) || node.text === '';
}

function quoteKey(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}
