import { RUNNER_TRUSTS, type RunnerToken } from '@sortie/core/runner-token';
import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';

const MAX_ENTRIES = 100;
/** The last second of the year 9999: later ones are milliseconds, or nonsense that no date can show. */
const LAST_SECOND = 253_402_300_799;
/** A week, in seconds: whoever has not given a runner its new token by then has forgotten it. */
const LONGEST_OVERLAP = 7 * 24 * 3600;

const SCOPE_MEMBERS = {
  namespaces: Type.Array(Type.String({ minLength: 1, maxLength: 250 }), {
    maxItems: MAX_ENTRIES,
    description: 'The namespaces that it serves; with `repos` empty too, all',
  }),
  repos: Type.Array(Type.String({ minLength: 1, maxLength: 250 }), {
    maxItems: MAX_ENTRIES,
    description: 'The repositories that it serves, as globs of `owner/name`, beside those of `namespaces`',
  }),
  types: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
    maxItems: MAX_ENTRIES,
    description: 'The types of pipelines that it serves; empty = all',
  }),
  labels: Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 200 }), {
    maxProperties: MAX_ENTRIES,
    description: 'Exactly the labels of the stages that it serves; empty = any',
  }),
  trust: Type.Enum([...RUNNER_TRUSTS], { description: 'Which repositories by their setting `trusted`' }),
  ranges: Type.Array(Type.String({ maxLength: 50 }), {
    maxItems: MAX_ENTRIES,
    description: 'The only networks that it may be used from, as `10.0.0.0/8` or `fd00::/8`; empty = all',
  }),
};

/** A token of a runner on the wire; its text appears only in the answers that make it. */
export const WireRunnerToken = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    prefix: Type.String({ description: 'How the text begins' }),
    ...SCOPE_MEMBERS,
    expires: Type.Integer({ description: 'Unix seconds; 0 = never' }),
    previous_expires: Type.Integer({
      description: 'Until when the text before the last rotation works, in unix seconds; 0 = it does not',
    }),
    last_used: Type.Integer({ description: 'Unix seconds; 0 = never' }),
    last_address: Type.String({ description: 'Where it was last used from' }),
    created: Type.Integer(),
  },
  { title: 'RunnerToken' },
);
export type WireRunnerToken = Static<typeof WireRunnerToken>;

const NewWireRunnerToken = Type.Object(
  { ...WireRunnerToken.properties, token: Type.String() },
  { title: 'NewRunnerToken' },
);

const RunnerTokenParams = Type.Object({ token: Type.Integer() });
const ADMIN = { access: 'admin', scope: 'server:admin' } as const;

export const listRunnerTokens = defineRoute({
  ...ADMIN,
  id: 'listRunnerTokens',
  method: 'GET',
  path: '/api/runner-tokens',
  summary: 'The tokens of runners on other machines',
  reply: Type.Array(WireRunnerToken),
});

export const createRunnerToken = defineRoute({
  ...ADMIN,
  id: 'createRunnerToken',
  method: 'POST',
  path: '/api/runner-tokens',
  summary: 'Makes a token for a runner, to be set there as DRONE_RPC_SECRET; only the answer shows its text',
  body: Type.Object({
    name: Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      description: 'Which runner it is for, without control characters',
    }),
    ...Type.Partial(Type.Object(SCOPE_MEMBERS)).properties,
    expires: Type.Optional(
      Type.Integer({ minimum: 0, maximum: LAST_SECOND, description: 'Unix seconds; 0 or absent = never' }),
    ),
  }),
  reply: NewWireRunnerToken,
  errors: ['token-weaker'],
  isAudited: true,
});

export const rotateRunnerToken = defineRoute({
  ...ADMIN,
  id: 'rotateRunnerToken',
  method: 'POST',
  path: '/api/runner-tokens/:token/rotate',
  summary: 'Gives a token of a runner a new text; the present one may go on for a while',
  params: RunnerTokenParams,
  body: Type.Object({
    overlap: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: LONGEST_OVERLAP,
        description: 'Seconds that the present text still works; 0 unless given, at most 7 days',
      }),
    ),
  }),
  reply: NewWireRunnerToken,
  errors: ['token-weaker', 'conflict'],
  isAudited: true,
});

export const deleteRunnerToken = defineRoute({
  ...ADMIN,
  id: 'deleteRunnerToken',
  method: 'DELETE',
  path: '/api/runner-tokens/:token',
  summary: 'Ends a token of a runner at once; what it runs is lost with it',
  params: RunnerTokenParams,
  isAudited: true,
});

export function toWireRunnerToken(token: RunnerToken): WireRunnerToken {
  return {
    id: token.id,
    name: token.name,
    prefix: token.prefix,
    namespaces: [...token.namespaces],
    repos: [...token.repos],
    types: [...token.types],
    labels: { ...token.labels },
    trust: token.trust,
    ranges: [...token.ranges],
    expires: token.expires,
    previous_expires: token.previousExpires,
    last_used: token.lastUsed,
    last_address: token.lastAddress,
    created: token.created,
  };
}
