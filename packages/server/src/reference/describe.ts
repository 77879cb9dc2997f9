import type { Route } from '@sortie/contract/route';
import type { TSchema } from 'typebox';

/** One line of a table: a parameter, or a member of a body or an answer. */
export interface Field {
  readonly name: string;
  /** In words: `integer`, `text`, `list of text`, `Build`. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
}

interface SchemaLike {
  readonly type?: unknown;
  readonly title?: unknown;
  readonly description?: unknown;
  readonly items?: SchemaLike;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaLike[];
  readonly properties?: Readonly<Record<string, SchemaLike>>;
  readonly required?: readonly string[];
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'integer',
  number: 'number',
  boolean: 'true or false',
  object: 'object',
  null: 'null',
};

/** The fields of an object schema; none for anything else. */
export function fieldsOf(schema: TSchema | undefined): readonly Field[] {
  const { properties = {}, required = [] } = (schema ?? {}) as SchemaLike;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: typeOf(property),
    isRequired: required.includes(name),
    description: typeof property.description === 'string' ? property.description : '',
  }));
}

/** The shape of a schema in words. */
export function typeOf(schema: TSchema | SchemaLike | undefined): string {
  const known = (schema ?? {}) as SchemaLike;
  if (typeof known.title === 'string') return known.title;
  if (known.enum !== undefined) return known.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (known.const !== undefined) return JSON.stringify(known.const);
  if (known.anyOf !== undefined) return known.anyOf.map(typeOf).join(' or ');
  if (known.items !== undefined) return `list of ${typeOf(known.items)}`;
  return typeof known.type === 'string' ? (WORDS[known.type] ?? known.type) : 'anything';
}

const ACCESS: Readonly<Record<Route['access'], string>> = {
  open: 'everybody',
  user: 'everybody who is signed in',
  admin: 'administrators of the server',
  'repo:read': 'who may read the repository',
  'repo:write': 'who may write to the repository',
  'repo:admin': 'administrators of the repository',
  'org:member': 'members of the organisation',
  'org:admin': 'administrators of the organisation',
};

/** Who an access rule lets in, in words. */
export function roleOf(access: Route['access']): string {
  return ACCESS[access];
}

/** Who may use a route, and with which scope of a token. */
export function audienceOf({ access, scope }: Route): string {
  if (scope === undefined) return access === 'open' ? ACCESS.open : `${ACCESS[access]}, with a session`;
  return scope === 'any' ? ACCESS[access] : `${ACCESS[access]}; token scope ${scope}`;
}

/** A call to copy. `base` is the address of the server. */
export function exampleOf(route: Route, base: string): string {
  const path = route.path
    .replace(/:owner\b/, 'octocat')
    .replace(/:name\b/, 'hello')
    .replace(/:namespace\b/, 'octocat')
    .replace(/:(\w+)/g, (_match, name: string) => name.toUpperCase())
    .replace(/\*$/, 'NAME');
  const method = route.method === 'GET' ? '' : ` -X ${route.method}`;
  const auth = route.scope === undefined ? '' : ' -H "Authorization: Bearer $TOKEN"';
  const required = fieldsOf(route.body).filter((field) => field.isRequired);
  const body = Object.fromEntries(required.map(({ name, type }) => [name, type === 'integer' ? 1 : '…']));
  const data = route.body === undefined ? '' : ` -d '${JSON.stringify(body)}'`;
  return `curl${method}${auth}${data} ${base}${path}`;
}
