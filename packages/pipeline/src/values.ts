import type { Field } from './field.ts';
import { openFreeMap, openList, report, reportShape } from './field.ts';
import { goFloat } from './go-text.ts';
import { isNull, type TreeNode } from './tree.ts';

/** The source text of a scalar; the empty text for nothing; a finding and the empty text for lists and maps. */
export function readText(field: Field | undefined): string {
  if (field === undefined || isNull(field.node)) return '';
  if (field.node.kind === 'scalar') return field.node.text;
  reportShape(field, 'text');
  return '';
}

/** `true`, `yes`, `on` and their opposites without quotes; false for nothing. */
export function readFlag(field: Field | undefined): boolean {
  if (field === undefined || isNull(field.node)) return false;
  const { node } = field;
  if (node.kind === 'scalar' && node.value.type === 'bool') return node.value.value;
  reportShape(field, 'true or false', 'Write true or false without quotes.');
  return false;
}

/** A whole number of at least 0, which Drone does not ask for; a fraction is cut off as in Drone; 0 for nothing. */
export function readCount(field: Field | undefined): number {
  if (field === undefined || isNull(field.node)) return 0;
  const number = numberOf(field.node);
  if (number === undefined) reportShape(field, 'a whole number', 'Write the number without quotes.');
  else if (Math.abs(number) > Number.MAX_SAFE_INTEGER || (number < 0 && !field.scope.compatibility)) {
    report(field, 'error', 'out-of-range', `The number ${number} is out of range.`, 'Write 0 or more.');
  } else return Math.trunc(number);
  return 0;
}

function numberOf(node: TreeNode): number | undefined {
  if (node.kind !== 'scalar') return undefined;
  if (node.value.type === 'int') return Number(node.value.value);
  return node.value.type === 'float' && Number.isFinite(node.value.value) ? node.value.value : undefined;
}

/** Texts of a list, one item for a single value, empty items for nothing inside the list. */
export function readTexts(field: Field | undefined): readonly string[] {
  return readTextFields(field).map((item) => readText(item));
}

/** The scalar items of a list of texts; others are reported and left out. */
export function readTextFields(field: Field | undefined): readonly Field[] {
  if (field === undefined) return [];
  const items = openList(field, 'a list of texts') ?? [];
  return items.filter((item) => {
    if (item.node.kind === 'scalar') return true;
    const hint = item.node.kind === 'map' ? 'An item that contains ": " needs quotes.' : undefined;
    reportShape(item, 'text', hint);
    return false;
  });
}

/** A map of texts; the empty text for nothing. */
export function readTextMap(field: Field | undefined): Readonly<Record<string, string>> {
  if (field === undefined) return {};
  const entries = openFreeMap(field, 'a map of texts') ?? [];
  return Object.fromEntries(entries.map(([key, value]) => [key, readText(value)]));
}

const SIZE = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:b|ib|i)?$/i;
const SIZE_POWERS = ['', 'k', 'm', 'g', 't', 'p'];

/**
 * A size in bytes: a number, or a number with a unit (`512m`, `1.5 GiB`), every unit a power of 1024
 * (pipeline.md 2.5); 0 for nothing. Text with an expression is left for the runner.
 */
export function readSize(field: Field | undefined): number {
  const text = readText(field).trim();
  if (field === undefined || text === '' || text.includes('${')) return 0;
  if (text === '-1') return -1;
  const match = SIZE.exec(text);
  if (match === null) {
    const hint = 'Write bytes, or a number with k, m, g, t or p, such as 512m.';
    report(field, 'error', 'bad-size', `${JSON.stringify(text)} is not a size.`, hint);
    return 0;
  }
  return Math.trunc(Number(match[1]) * 1024 ** SIZE_POWERS.indexOf((match[2] ?? '').toLowerCase()));
}

/**
 * Thousandths of a processor: a whole number as in Drone, or a quantity as Kubernetes writes it (`500m`, `0.5`), which
 * Drone refuses or cuts off; 0 for nothing.
 */
export function readMillis(field: Field | undefined): number {
  if (field === undefined || isNull(field.node)) return 0;
  const { node, scope } = field;
  if (scope.compatibility || node.kind !== 'scalar' || node.value.type === 'int') return readCount(field);
  const match = /^(?:(\d+)m|(\d+\.\d+))$/.exec(node.text);
  if (match !== null) return match[1] === undefined ? Math.round(Number(match[2]) * 1000) : Number(match[1]);
  reportShape(
    field,
    'an amount of processor',
    'Write thousandths, such as 500, or a quantity such as 500m or 0.5.',
  );
  return 0;
}

/** Warns where a number loses its last zeros on the way to text: `1.10` becomes `1.1`. */
export function warnLostDigits(field: Field): void {
  const { node } = field;
  if (node.kind !== 'scalar' || node.value.type !== 'float' || !/^\d+\.\d*0$/.test(node.text)) return;
  const seen = goFloat(node.value.value);
  const message = `${node.text} is a number here and reaches the plugin as ${seen}.`;
  report(field, 'hint', 'float-loses-digit', message, `Write '${node.text}' in quotes for a version.`);
}
