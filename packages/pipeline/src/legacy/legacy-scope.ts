import type { FindingLog } from '../finding-log.ts';
import type { MapEntry, MapNode, Path, TreeNode } from '../tree.ts';
import { describeNode, entriesOf, isNull } from '../tree.ts';

/** A node of a 0.8 file, the way to it, and where to report. */
export interface LegacyField {
  readonly node: TreeNode;
  readonly path: Path;
  readonly scope: LegacyScope;
}

export interface LegacyScope {
  readonly document: number;
  readonly log: FindingLog;
  /** Convert what Drone converts even where the result is of no use; it is an error finding otherwise. */
  readonly compatibility: boolean;
}

export interface LegacyRemark {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Something that gets lost in the conversion. */
export function warn({ node, path, scope }: LegacyField, remark: LegacyRemark): void {
  scope.log.add(scope.document, { severity: 'warning', ...remark, at: node, path });
}

/** Something that Drone turns into nonsense: an error, except in compatible mode. */
export function refuse({ node, path, scope }: LegacyField, remark: LegacyRemark): void {
  const severity = scope.compatibility ? 'warning' : 'error';
  scope.log.add(scope.document, { severity, ...remark, at: node, path });
}

/** The entries of a map in order, merges expanded; with a finding for other shapes. */
export function fieldsOf(field: LegacyField): readonly (readonly [string, LegacyField])[] {
  const { node } = field;
  if (node.kind === 'map') return [...entriesOf(node)].map(([key, entry]) => [key, below(field, key, entry)]);
  if (!isNull(node)) reportShape(field, 'a map');
  return [];
}

/**
 * The entries of a map as written, repeated keys included: 0.8 files repeat the names of steps. Merged entries come
 * where the merge stands.
 */
export function repeatedFieldsOf(
  field: LegacyField,
  node: MapNode,
): readonly (readonly [string, LegacyField])[] {
  return node.entries.flatMap((entry): (readonly [string, LegacyField])[] => {
    if (!entry.isMerge) return [[entry.key.text, below(field, entry.key.text, entry)]];
    const sources = entry.value.kind === 'list' ? entry.value.items : [entry.value];
    return sources.flatMap((source) => (source.kind === 'map' ? repeatedFieldsOf(field, source) : []));
  });
}

/** The texts of a list, or of a single value. */
export function textsOf(field: LegacyField): readonly string[] {
  const { node } = field;
  if (isNull(node)) return [];
  if (node.kind === 'scalar') return [node.text];
  if (node.kind === 'map') {
    reportShape(field, 'a list of texts');
    return [];
  }
  return node.items.flatMap((item, at) => {
    if (item.kind === 'scalar') return [isNull(item) ? '' : item.text];
    const hint = item.kind === 'map' ? 'An item that contains ": " needs quotes.' : undefined;
    reportShape({ ...field, node: item, path: [...field.path, at] }, 'text', hint);
    return [];
  });
}

/** The text of a scalar; empty for nothing. */
export function textOf(field: LegacyField): string {
  if (isNull(field.node)) return '';
  if (field.node.kind === 'scalar') return field.node.text;
  reportShape(field, 'text');
  return '';
}

export function reportShape(
  { node, path, scope }: LegacyField,
  wanted: string,
  hint = `Write ${wanted} there, or move to the present format.`,
): void {
  const name = path.map(String).join('.');
  const message = `${JSON.stringify(name)} must be ${wanted}, not ${describeNode(node)}.`;
  scope.log.add(scope.document, { severity: 'error', code: 'wrong-type', message, hint, at: node, path });
}

function below(field: LegacyField, key: string, entry: MapEntry): LegacyField {
  return { ...field, node: entry.value, path: [...field.path, key] };
}
