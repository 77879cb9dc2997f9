import { SCOPES, type Scope, type Token } from '@sortie/core/token';
import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';
import { UserParams } from './user-admin.ts';

const ScopeName = Type.Enum(Object.keys(SCOPES) as Scope[]);

/** An API token on the wire; its text appears only in the answers that make it. */
export const WireToken = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    prefix: Type.String({ description: 'How the text begins' }),
    scopes: Type.Array(ScopeName),
    repos: Type.Array(Type.String(), {
      description:
        'The only repositories that it reaches, `#ID` where one was removed; empty = all of the account',
    }),
    ranges: Type.Array(Type.String(), {
      description: 'The only networks that it may be used from; empty = everywhere',
    }),
    rate_limit: Type.Integer({ description: 'Requests per minute; 0 = what the server allows' }),
    expires: Type.Integer({ description: 'Unix seconds; 0 = never' }),
    previous_expires: Type.Integer({
      description: 'Until when the text before the last rotation works, in unix seconds; 0 = it does not',
    }),
    last_used: Type.Integer({ description: 'Unix seconds; 0 = never' }),
    created: Type.Integer(),
  },
  { title: 'Token' },
);
export type WireToken = Static<typeof WireToken>;

const NewWireToken = Type.Object({ ...WireToken.properties, token: Type.String() }, { title: 'NewToken' });

/** The last second of the year 9999: later ones are milliseconds, or nonsense that no date can show. */
const LAST_SECOND = 253_402_300_799;
/** A week, in seconds: whoever has not changed a script by then has forgotten it. */
const LONGEST_OVERLAP = 7 * 24 * 3600;
const MAX_ENTRIES = 100;

const TokenName = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  description: 'What it is for, without control characters',
});

export const NewTokenBody = Type.Object({
  name: TokenName,
  scopes: Type.Optional(
    Type.Array(ScopeName, { minItems: 1, uniqueItems: true, description: '`all` unless given' }),
  ),
  repos: Type.Optional(
    Type.Array(Type.String({ maxLength: 250 }), {
      maxItems: MAX_ENTRIES,
      description: 'The only repositories that it reaches, as `owner/name`',
    }),
  ),
  ranges: Type.Optional(
    Type.Array(Type.String({ maxLength: 50 }), {
      maxItems: MAX_ENTRIES,
      description: 'The only networks that it may be used from, as `10.0.0.0/8` or `fd00::/8`',
    }),
  ),
  rate_limit: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 10_000_000,
      description: 'Requests per minute; 0 = no limit of its own',
    }),
  ),
  expires: Type.Optional(
    Type.Integer({ minimum: 0, maximum: LAST_SECOND, description: 'Unix seconds; 0 or absent = never' }),
  ),
});
export type NewTokenBody = Static<typeof NewTokenBody>;

const RotationBody = Type.Object({
  overlap: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: LONGEST_OVERLAP,
      description: 'Seconds that the present text still works; 0 unless given, at most 7 days',
    }),
  ),
});

const OwnParams = Type.Object({ token: Type.Integer() });
const MachineParams = Type.Object({ user: UserParams.properties.user, token: Type.Integer() });

const OWN = { access: 'user', scope: 'account:write' } as const;
const OF_MACHINE = { access: 'admin', scope: 'users:admin' } as const;

export const listTokens = defineRoute({
  ...OWN,
  id: 'listTokens',
  method: 'GET',
  path: '/api/user/tokens',
  summary: 'The tokens of the account',
  reply: Type.Array(WireToken),
});

export const createToken = defineRoute({
  ...OWN,
  id: 'createToken',
  method: 'POST',
  path: '/api/user/tokens',
  summary: 'Makes a token; the answer is the only place that shows its text',
  body: NewTokenBody,
  reply: NewWireToken,
  errors: ['token-scope', 'token-weaker', 'not-found'],
  isAudited: true,
});

export const renameToken = defineRoute({
  ...OWN,
  id: 'renameToken',
  method: 'PATCH',
  path: '/api/user/tokens/:token',
  summary: 'Gives a token another name; nothing else of it can be changed',
  params: OwnParams,
  body: Type.Object({ name: TokenName }),
  reply: WireToken,
  isAudited: true,
});

export const rotateToken = defineRoute({
  ...OWN,
  id: 'rotateToken',
  method: 'POST',
  path: '/api/user/tokens/:token/rotate',
  summary: 'Gives a token a new text; the present one may go on for a while',
  params: OwnParams,
  body: RotationBody,
  reply: NewWireToken,
  errors: ['token-scope', 'token-weaker', 'conflict'],
  isAudited: true,
});

export const deleteToken = defineRoute({
  ...OWN,
  id: 'deleteToken',
  method: 'DELETE',
  path: '/api/user/tokens/:token',
  summary: 'Ends a token at once',
  params: OwnParams,
  isAudited: true,
});

export const listMachineTokens = defineRoute({
  ...OF_MACHINE,
  id: 'listMachineTokens',
  method: 'GET',
  path: '/api/users/:user/tokens',
  summary: 'The tokens of a machine account',
  params: UserParams,
  reply: Type.Array(WireToken),
  errors: ['forbidden'],
});

export const createMachineToken = defineRoute({
  ...OF_MACHINE,
  id: 'createMachineToken',
  method: 'POST',
  path: '/api/users/:user/tokens',
  summary: 'Makes a token of a machine account',
  params: UserParams,
  body: NewTokenBody,
  reply: NewWireToken,
  errors: ['forbidden', 'token-scope', 'token-weaker'],
  isAudited: true,
});

export const rotateMachineToken = defineRoute({
  ...OF_MACHINE,
  id: 'rotateMachineToken',
  method: 'POST',
  path: '/api/users/:user/tokens/:token/rotate',
  summary: 'Gives a token of a machine account a new text',
  params: MachineParams,
  body: RotationBody,
  reply: NewWireToken,
  errors: ['forbidden', 'token-scope', 'token-weaker', 'conflict'],
  isAudited: true,
});

export const deleteMachineToken = defineRoute({
  ...OF_MACHINE,
  id: 'deleteMachineToken',
  method: 'DELETE',
  path: '/api/users/:user/tokens/:token',
  summary: 'Ends a token of a machine account at once',
  params: MachineParams,
  errors: ['forbidden'],
  isAudited: true,
});

/** `slugs` holds the repositories that still exist, by id. */
export function toWireToken(token: Token, slugs: ReadonlyMap<number, string>): WireToken {
  return {
    id: token.id,
    name: token.name,
    prefix: token.prefix,
    scopes: [...token.scopes],
    repos: token.repoIds.map((id) => slugs.get(id) ?? `#${id}`),
    ranges: [...token.ranges],
    rate_limit: token.rateLimit,
    expires: token.expires,
    previous_expires: token.previousExpires,
    last_used: token.lastUsed,
    created: token.created,
  };
}
