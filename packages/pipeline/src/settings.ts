import type { PlanPart, PlanValue } from '@sortie/core/plan';
import type { VariableValue } from './config.ts';
import type { Field } from './field.ts';
import { nameOf, openFreeMap, openMap, report } from './field.ts';
import { goFloat } from './go-text.ts';
import { VARIABLE_KEYS } from './keys.ts';
import type { MapNode, ScalarNode, TreeNode } from './tree.ts';
import { entriesOf, isNull } from './tree.ts';
import { readText, warnLostDigits } from './values.ts';

/** The `settings` of a plugin by key, as the text that its `PLUGIN_…` variable gets (pipeline.md 6.5). */
export function readSettings(field: Field | undefined): ReadonlyMap<string, VariableValue> {
  const settings = new Map<string, VariableValue>();
  if (field === undefined) return settings;
  for (const [key, value] of openFreeMap(field, 'a map of settings') ?? []) {
    const variable = checkVariableName(key, value) ? readSetting(value) : undefined;
    if (variable !== undefined) settings.set(key, variable);
  }
  return settings;
}

/** The `environment` of a step: raw text, or a secret; a variable without a value is left out. */
export function readEnvironment(field: Field | undefined): ReadonlyMap<string, VariableValue> {
  const variables = new Map<string, VariableValue>();
  if (field === undefined) return variables;
  for (const [key, value] of openFreeMap(field, 'a map of variables') ?? []) {
    if (!checkVariableName(key, value) || isNull(value.node)) continue;
    const variable = value.node.kind === 'map' ? readVariableMap(value) : undefined;
    variables.set(
      key,
      variable ?? { kind: 'text', text: readText(value.node.kind === 'map' ? undefined : value) },
    );
  }
  return variables;
}

/** A name with an equals sign would set another variable than the one it seems to set. */
export function checkVariableName(name: string, field: Field): boolean {
  if (name !== '' && !name.includes('=')) return true;
  const message = `${JSON.stringify(name)} cannot be the name of a variable.`;
  report(field, 'error', 'bad-variable-name', message, 'Write "NAME: value".');
  return false;
}

function readVariableMap(field: Field): VariableValue {
  const map = openMap(field, VARIABLE_KEYS);
  const secret = readText(map?.get('from_secret'));
  if (secret !== '') return { kind: 'secret', name: secret };
  if (map?.get('value') === undefined) {
    report(field, 'warning', 'empty-variable', `${nameOf(field)} is empty for the step.`, SECRET_HINT);
  }
  return { kind: 'text', text: readText(map?.get('value')) };
}

function readSetting(field: Field): VariableValue | undefined {
  const { node } = field;
  if (isNull(node)) return undefined;
  if (node.kind === 'scalar') {
    warnLostDigits(field);
    return { kind: 'text', text: scalarText(node) };
  }
  const secret = secretIn(node);
  if (secret !== undefined) return { kind: 'secret', name: secret };
  warnInside(field);
  return joinParts(collectionParts(node, field.scope.compatibility));
}

/** A value that is text or `{from_secret: name}`, as the keys of `server` are. */
export function readSecretText(field: Field | undefined): PlanValue {
  if (field?.node.kind !== 'map') return { kind: 'text', text: readText(field) };
  const secret = readText(openMap(field, VARIABLE_KEYS)?.get('from_secret'));
  if (secret === '') report(field, 'error', 'wrong-type', `${nameOf(field)} has no value.`, SECRET_HINT);
  return { kind: 'secret', secret };
}

const SECRET_HINT = 'Write text, or {from_secret: name}.';

/** The name in `{from_secret: name}`; other keys of such a map do not count. */
function secretIn(node: TreeNode): string | undefined {
  if (node.kind !== 'map') return undefined;
  const secret = entriesOf(node).get('from_secret')?.value;
  return secret?.kind === 'scalar' && secret.text !== '' ? secret.text : undefined;
}

function warnInside(field: Field): void {
  const { node, path } = field;
  if (node.kind === 'scalar') warnLostDigits(field);
  if (node.kind === 'list')
    for (const [at, item] of node.items.entries()) warnInside({ ...field, node: item, path: [...path, at] });
  if (node.kind === 'map') {
    for (const [key, { value }] of entriesOf(node))
      warnInside({ ...field, node: value, path: [...path, key] });
  }
}

/** Text and secrets of a list or map, in order. For Drone a secret inside is a map like any other. */
function collectionParts(node: TreeNode, isCompatible: boolean): readonly PlanPart[] {
  const isSecret = (item: TreeNode) => !isCompatible && secretIn(item) !== undefined;
  if (node.kind === 'list' && node.items.every((item) => item.kind === 'scalar' || isSecret(item))) {
    return node.items.flatMap((item, at): PlanPart[] => {
      const comma: PlanPart[] = at === 0 ? [] : [textPart(',')];
      const secret = secretIn(item);
      if (secret !== undefined) return [...comma, { kind: 'secret', secret, encoding: 'raw' }];
      return item.kind === 'scalar' ? [...comma, textPart(scalarText(item))] : comma;
    });
  }
  return jsonParts(node, isCompatible);
}

function textPart(text: string): PlanPart {
  return { kind: 'text', text };
}

/** Neighbouring texts as one; without secrets all of it is one text. */
function joinParts(parts: readonly PlanPart[]): VariableValue {
  const joined: PlanPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.kind === 'text' && last?.kind === 'text')
      joined[joined.length - 1] = textPart(last.text + part.text);
    else joined.push(part);
  }
  const [first, ...rest] = joined;
  if (first === undefined) return { kind: 'text', text: '' };
  return rest.length === 0 && first.kind === 'text' ? first : { kind: 'composed', parts: joined };
}

/** A scalar as Drone prints it for a plugin: booleans and numbers in one canonical form. */
function scalarText({ text, value }: ScalarNode): string {
  switch (value.type) {
    case 'null':
      return '';
    case 'bool':
    case 'int':
      return String(value.value);
    case 'float':
      return goFloat(value.value);
    case 'string':
      return text;
  }
}

function jsonParts(node: TreeNode, isCompatible: boolean): readonly PlanPart[] {
  if (node.kind === 'scalar') return [textPart(scalarJson(node))];
  const secret = isCompatible ? undefined : secretIn(node);
  if (secret !== undefined) return [{ kind: 'secret', secret, encoding: 'json' }];
  if (node.kind === 'list') {
    const items = node.items.map((item) => jsonParts(item, isCompatible));
    return [
      textPart('['),
      ...items.flatMap((item, at) => [textPart(at === 0 ? '' : ','), ...item]),
      textPart(']'),
    ];
  }
  return mapParts(node, isCompatible);
}

function scalarJson(node: ScalarNode): string {
  const { value } = node;
  if (value.type === 'float' && Number.isFinite(value.value)) return JSON.stringify(value.value);
  if (value.type === 'null') return 'null';
  return value.type === 'bool' || value.type === 'int' ? String(value.value) : quoteJson(scalarText(node));
}

function mapParts(map: MapNode, isCompatible: boolean): readonly PlanPart[] {
  // Inside a setting a key is a value too: YAML 1.1 reads `y` as true.
  const members = new Map([...entriesOf(map).values()].map(({ key, value }) => [scalarText(key), value]));
  const sorted = [...members].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const inside = sorted.flatMap(([key, value], at) => [
    textPart(`${at === 0 ? '' : ','}${quoteJson(key)}:`),
    ...jsonParts(value, isCompatible),
  ]);
  return [textPart('{'), ...inside, textPart('}')];
}

/** JSON text that is safe inside HTML too, as Go writes it. */
export function quoteJson(text: string): string {
  const toEscape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, toEscape);
}
