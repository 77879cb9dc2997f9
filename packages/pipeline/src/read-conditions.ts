import { EVENTS } from '@sortie/core/build';
import type { Condition, ConditionKey, Conditions } from './config.ts';
import { CONDITION_KEYS } from './config.ts';
import type { Field, KeyTable } from './field.ts';
import { nameOf, openMap, report } from './field.ts';
import { PATTERN_KEYS } from './keys.ts';
import { nearest } from './nearest.ts';
import { isNull } from './tree.ts';
import { readTextFields, readTexts } from './values.ts';

const KEYS: KeyTable = {
  ...Object.fromEntries(CONDITION_KEYS.map((key) => [key, 'used'] as const)),
  paths: 'unsupported',
  matrix: 'no-effect',
};

/** The conditions of a `trigger` or `when`. A condition that says nothing is left out. */
export function readConditions(field: Field | undefined): Conditions {
  const map = field === undefined ? undefined : openMap(field, KEYS, { mode: 'last' });
  if (map === undefined) return {};
  const conditions: Partial<Record<ConditionKey, Condition>> = {};
  for (const key of CONDITION_KEYS) {
    const value = map.get(key);
    if (value === undefined || isNull(value.node)) continue;
    const condition = readCondition(value);
    if (key === 'event') warnUnknownEvents(value, condition);
    if (condition.include.length > 0 || condition.exclude.length > 0) conditions[key] = condition;
  }
  return conditions;
}

function readCondition(field: Field): Condition {
  const { node } = field;
  if (node.kind === 'scalar') return { include: [node.text], exclude: [] };
  if (node.kind === 'list') return { include: readTexts(field), exclude: [] };
  const map = openMap(field, PATTERN_KEYS, { unknown: 'error' });
  return { include: readPatterns(map?.get('include')), exclude: readPatterns(map?.get('exclude')) };
}

/** Drone drops a single pattern under `include` or `exclude` without a word; Sortie takes it. */
function readPatterns(field: Field | undefined): readonly string[] {
  if (field?.node.kind !== 'scalar' || isNull(field.node) || !field.scope.compatibility)
    return readTexts(field);
  const message = `${nameOf(field)} is not a list, so Drone ignores it.`;
  report(field, 'warning', 'pattern-ignored', message, 'Write it as a list.');
  return [];
}

function warnUnknownEvents(field: Field, condition: Condition): void {
  const isKnown = (event: string) => /[*?[{\\$]/.test(event) || EVENTS.some((known) => known === event);
  const unknown = [...condition.include, ...condition.exclude].find((event) => !isKnown(event));
  if (unknown === undefined) return;
  const items =
    field.node.kind === 'map'
      ? []
      : readTextFields({ ...field, scope: { ...field.scope, compatibility: false } });
  const at = items.find(({ node }) => node.kind === 'scalar' && node.text === unknown) ?? field;
  const guess = nearest(unknown, EVENTS);
  const hint = guess === undefined ? `Events are ${EVENTS.join(', ')}.` : `Did you mean "${guess}"?`;
  report(at, 'warning', 'unknown-event', `No event is called ${JSON.stringify(unknown)}.`, hint);
}
