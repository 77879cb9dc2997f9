import type { OutValue } from '../out-yaml.ts';
import { isNull } from '../tree.ts';
import type { LegacyField } from './legacy-scope.ts';
import { fieldsOf, reportShape, textOf } from './legacy-scope.ts';

type Variables = ReadonlyMap<string, OutValue>;

/** `environment` of a 0.8 step: a map, or a list of `NAME=value`. Empty values are left out, as Drone does. */
export function readEnvironment(field: LegacyField | undefined): Variables {
  if (field === undefined || isNull(field.node)) return new Map();
  const pairs = field.node.kind === 'list' ? readPairs(field, field.node.items) : readMap(field);
  return new Map(pairs.filter(([name, value]) => name !== '' && value !== ''));
}

function readPairs(
  field: LegacyField,
  items: readonly LegacyField['node'][],
): readonly (readonly [string, OutValue])[] {
  return items.map((node, at) => {
    const text = textOf({ ...field, node, path: [...field.path, at] });
    const equals = text.indexOf('=');
    return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
  });
}

function readMap(field: LegacyField): readonly (readonly [string, OutValue])[] {
  return fieldsOf(field).map(([name, value]) => {
    const secret = value.node.kind === 'map' ? new Map(fieldsOf(value)).get('from_secret') : undefined;
    return [name, secret === undefined ? textOf(value) : fromSecret(textOf(secret))];
  });
}

/** `secrets` of a 0.8 step: names, or maps that give a secret another name. */
export function readSecrets(field: LegacyField | undefined): Variables {
  const variables = new Map<string, OutValue>();
  if (field === undefined || isNull(field.node)) return variables;
  const items = field.node.kind === 'list' ? field.node.items : [field.node];
  for (const [at, node] of items.entries()) {
    const item: LegacyField = { ...field, node, path: [...field.path, at] };
    if (node.kind === 'scalar') variables.set(node.text.toUpperCase(), fromSecret(node.text));
    else if (node.kind === 'map') {
      const fields = new Map(fieldsOf(item));
      const source = textAt(fields, 'source');
      const target = textAt(fields, 'target') || source;
      variables.set(target.toUpperCase(), fromSecret(source));
    } else reportShape(item, 'a name or a map with "source" and "target"');
  }
  return variables;
}

function textAt(fields: ReadonlyMap<string, LegacyField>, key: string): string {
  const field = fields.get(key);
  return field === undefined ? '' : textOf(field);
}

function fromSecret(name: string): OutValue {
  return new Map([['from_secret', name]]);
}
