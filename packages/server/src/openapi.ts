import { ProblemSchema } from '@sortie/contract/problems';
import type { Route } from '@sortie/contract/route';
import { ROUTES } from '@sortie/contract/routes';
import { ERROR_CODES, type ErrorCode } from '@sortie/core/errors';
import { SCOPES } from '@sortie/core/token';
import type { TSchema } from 'typebox';
import { subjectOf } from './reference/groups.ts';

export interface OpenApiDocument {
  readonly openapi: string;
  readonly [member: string]: unknown;
}

/** The interface as an OpenAPI 3.1 document, made of the routes that the server mounts. */
export function renderOpenApi(server: {
  readonly version: string;
  readonly publicUrl?: string;
}): OpenApiDocument {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) {
    const path = route.path.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{rest}');
    const operations = paths[path] ?? {};
    operations[route.method.toLowerCase()] = renderOperation(route, schemas);
    paths[path] = operations;
  }
  toReference(ProblemSchema, schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sortie',
      version: server.version,
      description: 'The interface of Drone CI, version 1, and what Sortie adds to it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    ...(server.publicUrl === undefined ? {} : { servers: [{ url: server.publicUrl }] }),
    paths,
    components: { schemas: sortKeys(schemas), securitySchemes: SECURITY_SCHEMES },
  };
}

const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: describeScopes() },
  queryToken: { type: 'apiKey', in: 'query', name: 'access_token' },
  session: { type: 'apiKey', in: 'cookie', name: '_session_' },
};

function describeScopes(): string {
  const lines = Object.entries(SCOPES).map(([scope, meaning]) => `- \`${scope}\`: ${meaning}`);
  return `An API token. Its scopes:\n${lines.join('\n')}`;
}

function renderOperation(route: Route, schemas: Record<string, unknown>): Record<string, unknown> {
  return {
    operationId: route.id,
    tags: [subjectOf(route)],
    summary: route.summary,
    ...(route.scope === undefined || route.scope === 'any' ? {} : { 'x-scope': route.scope }),
    'x-access': route.access,
    security: renderSecurity(route),
    parameters: [
      ...renderParameters('path', route.params),
      ...renderParameters('query', route.query),
      ...renderHeaders(route),
    ],
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: jsonContent(route.body, schemas) } }),
    responses: {
      ...renderSuccess(route, schemas),
      ...(route.hasEtag === true ? { 304: { description: 'As the client knows it by its `ETag`' } } : {}),
      ...renderErrors(route, schemas),
    },
  };
}

function renderSecurity(route: Route): readonly Record<string, readonly string[]>[] {
  const mayBeNobody = route.access === 'open' || route.access === 'repo:read';
  const nobody = mayBeNobody ? [{}] : [];
  if (route.scope === undefined) return nobody;
  const query = route.allowsQueryToken === true ? [{ queryToken: [] }] : [];
  return [...nobody, { bearer: [] }, { session: [] }, ...query];
}

/** The members of an object schema that its JSON form has. */
interface ObjectSchema {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
}

function renderParameters(place: 'path' | 'query', schema: TSchema | undefined): readonly unknown[] {
  const { properties = {}, required = [] } = (schema ?? {}) as ObjectSchema;
  return Object.entries(properties).map(([name, property]) => ({
    // The rest of a path, slashes included, has no name of its own in a route.
    name: name === '*' ? 'rest' : name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: toReference(property, {}),
  }));
}

function renderHeaders(route: Route): readonly unknown[] {
  const header = (name: string, description: string): unknown => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  return [
    ...(isRepeatable(route)
      ? [
          header(
            'Idempotency-Key',
            'Makes repetitions harmless: 1 to 255 visible ASCII characters, kept for 24 hours',
          ),
        ]
      : []),
    ...(route.hasEtag === true ? [header('If-None-Match', 'The `ETag` of an earlier answer')] : []),
  ];
}

/** Callers without an account have no keys. */
function isRepeatable(route: Route): boolean {
  return route.method === 'POST' && route.scope !== undefined;
}

function renderSuccess(route: Route, schemas: Record<string, unknown>): Record<string, unknown> {
  if (route.isRedirect === true) return { 303: { description: 'The address is in the header Location' } };
  const others = (route.produces ?? []).filter((type) => type !== 'application/json');
  const content = {
    ...(route.reply === undefined ? {} : jsonContent(route.reply, schemas)),
    ...Object.fromEntries(others.map((type) => [type, { schema: { type: 'string' } }])),
  };
  const done = { 204: { description: 'Done' } };
  if (Object.keys(content).length === 0) return done;
  const later = route.accepted && {
    202: { description: 'Accepted; the work goes on', content: jsonContent(route.accepted, schemas) },
  };
  return {
    200: { description: 'The answer', content },
    ...later,
    ...(route.mayBeEmpty === true ? done : {}),
  };
}

/** The errors that follow from access, path, query and body, and the route's own. */
function renderErrors(route: Route, schemas: Record<string, unknown>): Record<string, unknown> {
  const codes = new Set<ErrorCode>(['internal', 'bad-host', ...(route.errors ?? [])]);
  if (route.access !== 'open' || route.scope !== undefined) {
    for (const code of ['unauthorized', 'account-inactive', 'token-scope'] as const) codes.add(code);
  }
  if (route.access === 'admin') codes.add('forbidden');
  if (route.access.startsWith('repo:') || route.params !== undefined) codes.add('not-found');
  if (route.params !== undefined || route.body !== undefined) codes.add('invalid-request');
  if (route.body !== undefined) codes.add('body-too-large');
  if (route.method !== 'GET') codes.add('cross-site-request');
  if (isRepeatable(route)) {
    for (const code of ['idempotency-running', 'idempotency-mismatch', 'invalid-request'] as const)
      codes.add(code);
  }
  const byStatus = Map.groupBy([...codes].sort(), (code) => ERROR_CODES[code].status);
  const problem = { 'application/problem+json': { schema: toReference(ProblemSchema, schemas) } };
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, group]) => [
        status,
        {
          description: group.map((code) => `\`${code}\`: ${ERROR_CODES[code].summary}`).join('\n'),
          content: problem,
        },
      ]),
  );
}

function jsonContent(schema: TSchema, schemas: Record<string, unknown>): Record<string, unknown> {
  return { 'application/json': { schema: toReference(schema, schemas) } };
}

/** Plain JSON schema in which every titled schema is a reference to `components`, where it is filed. */
function toReference(schema: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(schema)) return schema.map((item) => toReference(item, schemas));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { title, ...members } = schema as Record<string, unknown>;
  const plain = (): Record<string, unknown> =>
    Object.fromEntries(Object.entries(members).map(([key, value]) => [key, toReference(value, schemas)]));
  if (typeof title !== 'string') return { ...(title === undefined ? {} : { title }), ...plain() };
  if (!Object.hasOwn(schemas, title)) {
    schemas[title] = {};
    schemas[title] = plain();
  }
  return { $ref: `#/components/schemas/${title}` };
}

function sortKeys(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
