import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';

/** An account of a person at a Git service or identity provider. */
export const WireIdentity = Type.Object(
  {
    id: Type.Integer(),
    service: Type.String({ description: 'Short name of the connection' }),
    title: Type.String({ description: 'As people call the service' }),
    kind: Type.String({ description: 'Kind of the service, for example `gogs` or `oidc`' }),
    login: Type.String({ description: 'As the service spells it' }),
    connected: Type.Boolean({ description: 'Whether this server still has the settings of the service' }),
    primary: Type.Boolean({ description: 'Repositories of the account are synchronised with this one' }),
    has_token: Type.Boolean({ description: 'Whether a token for calls to the service is stored' }),
    token_valid: Type.Boolean({ description: 'False when the service has refused it: sign in again' }),
    note: Type.String({ description: 'What the owner should know of the token; empty mostly' }),
    created: Type.Integer(),
    updated: Type.Integer(),
  },
  { title: 'Identity' },
);
export type WireIdentity = Static<typeof WireIdentity>;

export const listIdentities = defineRoute({
  id: 'listIdentities',
  method: 'GET',
  path: '/api/user/identities',
  access: 'user',
  scope: 'account:write',
  summary: 'The accounts at services with which the account signs in, oldest first',
  reply: Type.Array(WireIdentity),
});

export const deleteIdentity = defineRoute({
  id: 'deleteIdentity',
  method: 'DELETE',
  path: '/api/user/identities/:identity',
  access: 'user',
  scope: 'account:write',
  summary:
    'Takes an account at a service away, with its token and what it was allowed there; not the last one',
  params: Type.Object({ identity: Type.Integer() }),
  errors: ['not-found', 'last-identity', 'token-scope', 'token-weaker'],
  isAudited: true,
});
