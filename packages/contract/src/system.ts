import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';

/** What runs here (api-v1.md 2.14). Empty members are left out. */
export const WireVersion = Type.Object(
  {
    source: Type.Optional(Type.String()),
    version: Type.String({ description: 'Semantic version without `v`' }),
    commit: Type.Optional(Type.String()),
    url: Type.Optional(Type.String({ description: 'The address of this server, as its own links name it' })),
  },
  { title: 'Version' },
);
export type WireVersion = Static<typeof WireVersion>;

export const getVersion = defineRoute({
  id: 'getVersion',
  method: 'GET',
  path: '/version',
  access: 'open',
  summary: 'The version of the server',
  reply: WireVersion,
});

export const getHealth = defineRoute({
  id: 'getHealth',
  method: 'GET',
  path: '/healthz',
  access: 'open',
  summary: 'Answers `OK` while the process lives; looks at nothing',
  produces: ['text/plain'],
});

export const getReadiness = defineRoute({
  id: 'getReadiness',
  method: 'GET',
  path: '/readyz',
  access: 'open',
  summary: 'Answers `OK` while the database answers',
  produces: ['text/plain'],
  errors: ['database-unavailable'],
});

export const getOpenApi = defineRoute({
  id: 'getOpenApi',
  method: 'GET',
  path: '/api/openapi.json',
  access: 'open',
  summary: 'This interface as an OpenAPI 3.1 document',
  reply: Type.Object({ openapi: Type.String() }),
});

export const getPipelineSchema = defineRoute({
  id: 'getPipelineSchema',
  method: 'GET',
  path: '/schema/drone.json',
  access: 'open',
  summary: 'The JSON Schema of pipeline files, for editors',
  reply: Type.Object({ $schema: Type.String() }),
});
