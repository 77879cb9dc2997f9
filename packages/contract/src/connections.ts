import { CONNECTION_KINDS } from '@sortie/core/connection';
import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';

/** Where repositories and accounts come from, and whether it answers. */
export const WireConnection = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    kind: Type.Enum([...CONNECTION_KINDS]),
    title: Type.String({ description: 'As people call the service' }),
    url: Type.String(),
    connected: Type.Boolean({ description: 'False when its settings have been taken away' }),
    reachable: Type.Optional(Type.Boolean({ description: 'Absent where nothing has to be reached' })),
    version: Type.Optional(Type.String({ description: 'Where the service tells it' })),
    clock_skew: Type.Optional(Type.Integer({ description: 'Seconds that its clock is ahead of ours' })),
    hook_url: Type.Optional(Type.String({ description: 'Where it sends webhooks to' })),
    statuses: Type.Optional(Type.Boolean({ description: 'Whether it can show statuses of commits' })),
    skip_verify: Type.Boolean({ description: 'Its certificate is not checked' }),
    error: Type.Optional(Type.String({ description: 'Why it cannot be reached' })),
    hint: Type.Optional(Type.String()),
    repos: Type.Integer({ description: 'Active repositories' }),
  },
  { title: 'Connection' },
);
export type WireConnection = Static<typeof WireConnection>;

export const listConnections = defineRoute({
  id: 'listConnections',
  method: 'GET',
  path: '/api/connections',
  access: 'admin',
  scope: 'server:admin',
  summary: 'The Git services of this server, asked now: whether they answer, and with which version',
  reply: Type.Array(WireConnection),
});
