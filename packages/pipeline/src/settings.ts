import type { VariableValue } from './config.ts';
import type { Field } from './field.ts';
import { nameOf, openFreeMap, openMap, report, reportUnsupported } from './field.ts';
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
  if (secret !== '') return toSecret(field, secret);
  if (map?.get('value') === undefined) {
    const hint = 'Write text, or {from_secret: name}.';
    report(field, 'warning', 'empty-variable', `${nameOf(field)} is empty for the step.`, hint);
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
  if (node.kind === 'map') {
    const secret = entriesOf(node).get('from_secret')?.value;
    if (secret?.kind === 'scalar' && secret.text !== '') return toSecret(field, secret.text);
  }
  checkNested(field);
  return { kind: 'text', text: collectionText(node) };
}

function toSecret(field: Field, name: string): VariableValue {
  if (!field.scope.canUseSecrets) reportUnsupported(field, '"from_secret"');
  return { kind: 'secret', name };
}

/** A secret deeper inside would reach the plugin as the words `from_secret`. */
function checkNested(field: Field): void {
  const { node, path } = field;
  if (node.kind === 'list')
    for (const [at, item] of node.items.entries()) inside({ ...field, node: item, path: [...path, at] });
  if (node.kind === 'map') {
    for (const [key, { value }] of entriesOf(node)) inside({ ...field, node: value, path: [...path, key] });
  }
}

function inside(field: Field): void {
  if (field.node.kind === 'map' && entriesOf(field.node).get('from_secret')?.value.kind === 'scalar') {
    reportUnsupported(field, 'A "from_secret" inside a list or map');
    return;
  }
  warnLostDigits(field);
  checkNested(field);
}

function collectionText(node: TreeNode): string {
  if (node.kind !== 'list') return toJson(node);
  const scalars = node.items.filter((item) => item.kind === 'scalar');
  return scalars.length === node.items.length ? scalars.map(scalarText).join(',') : toJson(node);
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

function toJson(node: TreeNode): string {
  if (node.kind === 'list') return `[${node.items.map(toJson).join(',')}]`;
  if (node.kind === 'map') return mapToJson(node);
  const { value } = node;
  if (value.type === 'float' && Number.isFinite(value.value)) return JSON.stringify(value.value);
  if (value.type === 'null') return 'null';
  return value.type === 'bool' || value.type === 'int' ? String(value.value) : quoteJson(scalarText(node));
}

function mapToJson(map: MapNode): string {
  // Inside a setting a key is a value too: YAML 1.1 reads `y` as true.
  const members = new Map([...entriesOf(map).values()].map(({ key, value }) => [scalarText(key), value]));
  const sorted = [...members].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, value]) => `${quoteJson(key)}:${toJson(value)}`).join(',')}}`;
}

/** JSON text that is safe inside HTML too, as Go writes it. */
function quoteJson(text: string): string {
  const toEscape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, toEscape);
}
