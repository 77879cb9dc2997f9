import { SCOPES, type Scope, type Token } from '@sortie/core/token';
import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';

const ScopeName = Type.Enum(Object.keys(SCOPES) as Scope[]);

/** An API token on the wire; its text appears only in the answer that makes it. */
export const WireToken = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    prefix: Type.String({ description: 'How the text begins' }),
    scopes: Type.Array(ScopeName),
    expires: Type.Integer({ description: 'Unix seconds; 0 = never' }),
    last_used: Type.Integer({ description: 'Unix seconds; 0 = never' }),
    created: Type.Integer(),
  },
  { title: 'Token' },
);
export type WireToken = Static<typeof WireToken>;

export const listTokens = defineRoute({
  id: 'listTokens',
  method: 'GET',
  path: '/api/user/tokens',
  access: 'user',
  scope: 'account:write',
  summary: 'The tokens of the account',
  reply: Type.Array(WireToken),
});

/** The last second of the year 9999: later ones are milliseconds, or nonsense that no date can show. */
const LAST_SECOND = 253_402_300_799;

export const createToken = defineRoute({
  id: 'createToken',
  method: 'POST',
  path: '/api/user/tokens',
  access: 'user',
  scope: 'account:write',
  summary: 'Makes a token; the answer is the only place that shows its text',
  body: Type.Object({
    name: Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      description: 'What it is for, without control characters',
    }),
    scopes: Type.Optional(Type.Array(ScopeName, { minItems: 1, description: '`all` unless given' })),
    expires: Type.Optional(
      Type.Integer({ minimum: 0, maximum: LAST_SECOND, description: 'Unix seconds; 0 or absent = never' }),
    ),
  }),
  reply: Type.Object({ ...WireToken.properties, token: Type.String() }, { title: 'NewToken' }),
  errors: ['token-scope'],
});

export const deleteToken = defineRoute({
  id: 'deleteToken',
  method: 'DELETE',
  path: '/api/user/tokens/:token',
  access: 'user',
  scope: 'account:write',
  summary: 'Ends a token at once',
  params: Type.Object({ token: Type.Integer() }),
});

export function toWireToken(token: Token): WireToken {
  return {
    id: token.id,
    name: token.name,
    prefix: token.prefix,
    scopes: [...token.scopes],
    expires: token.expires,
    last_used: token.lastUsed,
    created: token.created,
  };
}
