import type { TreeNode } from '../tree.ts';
import { entriesOf } from '../tree.ts';
import type { JsonSchema } from './json-schema.ts';

/** Validates values against the part of JSON Schema that the language's schema uses. */
export function schemaFailures(root: JsonSchema, value: unknown): readonly string[] {
  return new Check(root).run(root, value, '');
}

type Keyword = (check: Check, argument: never, value: unknown, at: string, schema: JsonSchema) => string[];

class Check {
  readonly #root: JsonSchema;

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  run(schema: unknown, value: unknown, at: string): string[] {
    if (schema === true) return [];
    if (schema === false) return [`${at}: not allowed`];
    const map = schema as JsonSchema;
    return Object.entries(map).flatMap(([keyword, argument]) => {
      if (IGNORED.has(keyword)) return [];
      const check = KEYWORDS[keyword];
      if (check === undefined) throw new Error(`the checker does not know the keyword ${keyword}`);
      return check(this, argument as never, value, at, map);
    });
  }

  resolve(reference: string): unknown {
    const name = reference.slice('#/definitions/'.length);
    const found = (this.#root.definitions as Record<string, JsonSchema>)[name];
    if (found === undefined) throw new Error(`the schema has no definition ${name}`);
    return found;
  }
}

const IGNORED = new Set([
  '$schema',
  '$id',
  'title',
  'description',
  'deprecationMessage',
  'definitions',
  'then',
  'else',
]);

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $ref: (check, reference: string, value, at) => check.run(check.resolve(reference), value, at),
  type: (_check, types: string | readonly string[], value, at) =>
    [types].flat().some((type) => type === typeOf(value)) ? [] : [`${at}: ${typeOf(value)} is not ${types}`],
  const: (_check, wanted: unknown, value, at) => (value === wanted ? [] : [`${at}: is not ${wanted}`]),
  enum: (_check, wanted: readonly unknown[], value, at) =>
    wanted.includes(value) ? [] : [`${at}: ${String(value)} is none of ${wanted.join(', ')}`],
  minimum: (_check, least: number, value, at) =>
    typeof value === 'number' && value < least ? [`${at}: too small`] : [],
  required: (_check, keys: readonly string[], value, at) =>
    keys.filter((key) => isObject(value) && !Object.hasOwn(value, key)).map((key) => `${at}: lacks ${key}`),
  properties: (check, properties: Record<string, unknown>, value, at) =>
    Object.entries(properties).flatMap(([key, schema]) =>
      isObject(value) && Object.hasOwn(value, key) ? check.run(schema, value[key], `${at}/${key}`) : [],
    ),
  patternProperties: () => [],
  additionalProperties: (check, schema: unknown, value, at, { properties = {} }) =>
    isObject(value)
      ? Object.entries(value).flatMap(([key, inside]) =>
          Object.hasOwn(properties as object, key) ? [] : check.run(schema, inside, `${at}/${key}`),
        )
      : [],
  items: (check, schema: unknown, value, at) =>
    Array.isArray(value) ? value.flatMap((item, index) => check.run(schema, item, `${at}/${index}`)) : [],
  anyOf: (check, schemas: readonly unknown[], value, at) => {
    const tries = schemas.map((schema) => check.run(schema, value, at));
    return tries.some((failures) => failures.length === 0) ? [] : (tries.at(-1) ?? []);
  },
  allOf: (check, schemas: readonly unknown[], value, at) =>
    schemas.flatMap((schema) => check.run(schema, value, at)),
  not: (check, schema: unknown, value, at) =>
    check.run(schema, value, at).length > 0 ? [] : [`${at}: must not match`],
  if: (check, schema: unknown, value, at, { then = true, else: otherwise = true }) =>
    check.run(check.run(schema, value, at).length === 0 ? then : otherwise, value, at),
};

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A tree as the plain data that an editor would see. */
export function toData(node: TreeNode): unknown {
  if (node.kind === 'list') return node.items.map(toData);
  if (node.kind === 'map') {
    return Object.fromEntries([...entriesOf(node, 'joined')].map(([key, { value }]) => [key, toData(value)]));
  }
  const { value } = node;
  if (value.type === 'null') return null;
  return value.type === 'string' ? node.text : value.type === 'int' ? Number(value.value) : value.value;
}
