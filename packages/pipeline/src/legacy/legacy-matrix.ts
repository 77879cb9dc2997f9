import type { OutMap, OutValue } from '../out-yaml.ts';
import type { LegacyField } from './legacy-scope.ts';
import { fieldsOf, reportShape, textOf, textsOf } from './legacy-scope.ts';

/** Drone cut the list off at 25 without a word; more than this is a mistake. */
const MAX_COMBINATIONS = 100;

/** One value for each axis. */
export type Combination = ReadonlyMap<string, string>;

/** The combinations of a matrix in order of the file, the first axis outermost; none without a matrix. */
export function readMatrix(field: LegacyField | undefined): readonly Combination[] {
  if (field === undefined) return [];
  const axes = new Map(fieldsOf(field));
  const include = axes.get('include');
  const combinations = include === undefined ? multiply(axes) : readInclude(include);
  if (combinations.length <= MAX_COMBINATIONS) return combinations;
  const { node, path, scope } = field;
  scope.log.add(scope.document, {
    severity: 'error',
    code: 'matrix-too-large',
    message: `The matrix has more than ${MAX_COMBINATIONS} combinations.`,
    hint: 'Use fewer axes or values.',
    at: node,
    path,
  });
  return [];
}

function multiply(axes: ReadonlyMap<string, LegacyField>): readonly Combination[] {
  let combinations: readonly Combination[] = [];
  for (const [axis, field] of axes) {
    const values = textsOf(field);
    if (values.length === 0) continue;
    const before: readonly Combination[] = combinations.length === 0 ? [new Map()] : combinations;
    combinations = before.flatMap((combination) => {
      return values.map((value) => new Map([...combination, [axis, value]]));
    });
    if (combinations.length > MAX_COMBINATIONS) break;
  }
  return combinations;
}

function readInclude(field: LegacyField): readonly Combination[] {
  if (field.node.kind !== 'list') {
    reportShape(field, 'a list of maps');
    return [];
  }
  return field.node.items.map((node, at) => {
    const entries = fieldsOf({ ...field, node, path: [...field.path, at] });
    return new Map(entries.map(([axis, value]) => [axis, textOf(value)]));
  });
}

/** Replaces `${AXIS}` in every text, keys included. */
export function fillIn(value: OutMap, combination: Combination): OutMap {
  const fill = (text: string) =>
    text.replace(/\$\{(\w+)\}/g, (expression, axis: string) => combination.get(axis) ?? expression);
  const walk = (inner: OutValue): OutValue => {
    if (typeof inner === 'string') return fill(inner);
    if (inner === null || 'bare' in inner) return inner;
    return inner instanceof Map ? walkMap(inner) : (inner as readonly OutValue[]).map(walk);
  };
  const walkMap = (map: OutMap): OutMap => {
    return new Map([...map].map(([key, inner]) => [fill(key), walk(inner)]));
  };
  return walkMap(value);
}
