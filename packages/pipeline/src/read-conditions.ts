import { EVENTS } from '@sortie/core/build';
import type { Condition, ConditionKey, Conditions, PathCondition } from './config.ts';
import { CONDITION_KEYS } from './config.ts';
import type { Field } from './field.ts';
import { nameOf, openMap, report } from './field.ts';
import { CONDITION_KEY_TABLE, PATH_PATTERN_KEYS, PATTERN_KEYS } from './keys.ts';
import { nearest } from './nearest.ts';
import { shorten } from './short-text.ts';
import { isNull } from './tree.ts';
import { readFlag, readText, readTexts } from './values.ts';

/**
 * The conditions of a `trigger` or `when`. A condition that says nothing is left out; a list holds alternatives
 * (pipeline.md 12).
 */
export function readConditions(field: Field | undefined): Conditions {
  if (field === undefined) return {};
  const { node, path, scope } = field;
  if (node.kind !== 'list' || scope.compatibility) return readRecord(field);
  const anyOf = node.items.map((item, at) => readRecord({ ...field, node: item, path: [...path, at] }));
  if (anyOf.length < 2) return anyOf[0] ?? {};
  return { anyOf };
}

function readRecord(field: Field): Conditions {
  const map = openMap(field, CONDITION_KEY_TABLE, { mode: 'last' });
  if (map === undefined) return {};
  const conditions: Partial<Record<ConditionKey, Condition>> = {};
  for (const key of CONDITION_KEYS) {
    const value = map.get(key);
    if (value === undefined || isNull(value.node)) continue;
    const condition = readCondition(value);
    warnUnknownWord(key, value, condition);
    if (condition.include.length > 0 || condition.exclude.length > 0) conditions[key] = condition;
  }
  const paths = map.get('paths');
  // Drone reads them and never looks at them again.
  if (paths === undefined || isNull(paths.node) || field.scope.compatibility) return conditions;
  return { ...conditions, paths: readPathCondition(paths) };
}

function readCondition(field: Field): Condition {
  const { node, scope } = field;
  if (scope.compatibility && hasNoPatterns(field)) return { include: [], exclude: [] };
  if (node.kind === 'scalar') return { include: [node.text], exclude: [] };
  if (node.kind === 'list') return { include: readTexts(field), exclude: [] };
  const map = openMap(field, PATTERN_KEYS, { unknown: scope.compatibility ? 'warning' : 'error' });
  return { include: readPatterns(map?.get('include')), exclude: readPatterns(map?.get('exclude')) };
}

/** `branch: [[main]]` is no error for Drone, it counts as no condition at all. */
function hasNoPatterns({ node }: Field): boolean {
  return node.kind === 'list' && node.items.some((item) => item.kind !== 'scalar');
}

/** Drone drops a single pattern under `include` or `exclude` without a word; Sortie takes it. */
function readPatterns(field: Field | undefined): readonly string[] {
  if (field === undefined || !field.scope.compatibility || isNull(field.node)) return readTexts(field);
  if (field.node.kind === 'list' && !hasNoPatterns(field)) return readTexts(field);
  const message = `${nameOf(field)} is not a list of patterns, so Drone ignores it.`;
  report(field, 'warning', 'pattern-ignored', message, 'Write it as a list.');
  return [];
}

function readPathCondition(field: Field): PathCondition {
  const { node } = field;
  const rest = { ignoreMessage: '', onEmpty: true };
  if (node.kind === 'scalar') return { include: [node.text], exclude: [], ...rest };
  if (node.kind === 'list') return { include: readTexts(field), exclude: [], ...rest };
  const map = openMap(field, PATH_PATTERN_KEYS, { unknown: 'error' });
  const onEmpty = map?.get('on_empty');
  return {
    include: readTexts(map?.get('include')),
    exclude: readTexts(map?.get('exclude')),
    ignoreMessage: readText(map?.get('ignore_message')),
    onEmpty: onEmpty === undefined || isNull(onEmpty.node) || readFlag(onEmpty),
  };
}

interface Vocabulary {
  readonly words: readonly string[];
  readonly message: string;
  readonly plural: string;
  /** Other words may be right, so that only a slip is worth a remark. */
  readonly isOpen?: boolean;
}

const VOCABULARIES: Partial<Readonly<Record<ConditionKey, Vocabulary>>> = {
  event: { words: EVENTS, message: 'No event is called', plural: 'Events' },
  status: { words: ['success', 'failure'], message: 'No build ends with the status', plural: 'Statuses' },
  // Whoever starts a custom build gives it any action.
  action: {
    words: [
      ...['opened', 'synchronized', 'closed', 'reopened', 'edited', 'merged', 'create', 'delete'],
      ...['labeled', 'unlabeled', 'assigned', 'unassigned', 'milestoned', 'demilestoned'],
      ...['review_ready', 'review_requested', 'ready_for_review', 'published', 'released'],
    ],
    message: 'No code host sends the action',
    plural: 'Actions',
    isOpen: true,
  },
};

/** Tells of the first word that no build ever has; patterns and expressions may mean anything. */
function warnUnknownWord(key: ConditionKey, field: Field, { include, exclude }: Condition): void {
  const vocabulary = VOCABULARIES[key];
  if (vocabulary === undefined) return;
  const { words, message, plural, isOpen = false } = vocabulary;
  const guessFor = (word: string) => nearest(word, words);
  const isOdd = (word: string) =>
    !words.includes(word) && !/[*?[{\\$]/.test(word) && (!isOpen || guessFor(word) !== undefined);
  const unknown = [...include, ...exclude].find(isOdd);
  if (unknown === undefined) return;
  const at = placeOfText(field, unknown) ?? field;
  const guess = guessFor(unknown);
  const hint = guess === undefined ? `${plural} are ${words.join(', ')}.` : `Did you mean "${guess}"?`;
  report(at, 'warning', `unknown-${key}`, `${message} ${JSON.stringify(shorten(unknown, 40))}.`, hint);
}

/** The scalar of that text in a condition, however it is written. */
function placeOfText(field: Field, text: string): Field | undefined {
  const { node, path } = field;
  if (node.kind === 'scalar') return node.text === text ? field : undefined;
  const inside =
    node.kind === 'map'
      ? node.entries.map(({ key, value }) => ({ ...field, node: value, path: [...path, key.text] }))
      : node.items.map((item, at) => ({ ...field, node: item, path: [...path, at] }));
  for (const each of inside) {
    const found = placeOfText(each, text);
    if (found !== undefined) return found;
  }
  return undefined;
}
