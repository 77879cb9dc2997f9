import { type Static, Type } from 'typebox';

/** How a repository stands with its Git service, worst last. */
export const HEALTH_STATES = ['inactive', 'ok', 'degraded', 'unproven', 'broken'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

/** What is looked at, in the order of the answer. */
export const HEALTH_CHECKS = [
  'service',
  'owner',
  'token',
  'permission',
  'hook',
  'address',
  'delivery',
  'refs',
  'clone',
  'statuses',
] as const;
export type HealthCheckName = (typeof HEALTH_CHECKS)[number];

/** `info` is neither good nor bad, `unknown` could not be looked at. */
export const HEALTH_CHECK_STATES = ['ok', 'info', 'warn', 'fail', 'unknown'] as const;

export const WireHealthCheck = Type.Object(
  {
    name: Type.Enum([...HEALTH_CHECKS]),
    state: Type.Enum([...HEALTH_CHECK_STATES]),
    message: Type.String({ description: 'What was found, as a sentence' }),
    hint: Type.Optional(Type.String({ description: 'The remedy, with the exact setting' })),
  },
  { title: 'HealthCheck' },
);
export type WireHealthCheck = Static<typeof WireHealthCheck>;

export const WireMissedRef = Type.Object(
  {
    ref: Type.String(),
    before: Type.String({ description: 'Empty for a new branch or tag' }),
    after: Type.String(),
    since: Type.Integer({ description: 'When it was first noticed' }),
  },
  { title: 'MissedRef' },
);
export type WireMissedRef = Static<typeof WireMissedRef>;

/** The way from the Git service to this server, and back. Times are unix seconds, 0 = never. */
export const WireRepoHealth = Type.Object(
  {
    state: Type.Enum([...HEALTH_STATES]),
    checks: Type.Array(WireHealthCheck),
    hook_installed: Type.Integer(),
    hook_checked: Type.Integer(),
    last_delivery: Type.Integer({ description: 'The last webhook with a right signature' }),
    reconciled: Type.Integer({ description: 'When the refs of the service were last compared' }),
    missed: Type.Array(WireMissedRef, {
      description: 'Branches and tags that moved without a delivery',
    }),
  },
  { title: 'RepoHealth' },
);
export type WireRepoHealth = Static<typeof WireRepoHealth>;
