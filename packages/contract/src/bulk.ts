import { type Build, EVENTS } from '@sortie/core/build';
import { ERROR_CODES, type ErrorCode } from '@sortie/core/errors';
import { Type } from 'typebox';
import { toWireBuild, WireBuild } from './builds.ts';
import { defineRoute } from './route.ts';

const Globs = (what: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
    minItems: 1,
    maxItems: 20,
    description: `${what}; \`*\` stays within one segment, \`**\` crosses them`,
  });
const DryRun = Type.Optional(Type.Boolean({ description: 'Says what would happen and changes nothing' }));
const Failure = {
  error_code: Type.Optional(Type.Enum(Object.keys(ERROR_CODES) as ErrorCode[])),
  message: Type.Optional(Type.String({ description: 'Why it failed' })),
};

/** The statuses of what can be cancelled. */
const OPEN_STATUSES = ['pending', 'running', 'blocked'] as const;

export const searchBuilds = defineRoute({
  id: 'searchBuilds',
  method: 'GET',
  path: '/api/builds/search',
  access: 'user',
  scope: 'builds:read',
  summary: 'Builds of all repositories that the caller may read, newest first, without stages',
  query: Type.Object({
    status: Type.Optional(Type.String({ description: 'Statuses, separated by commas; also `blocked`' })),
    repo: Type.Optional(Type.String({ description: 'Globs of slugs, separated by commas' })),
    namespace: Type.Optional(Type.String({ description: 'Globs of namespaces, separated by commas' })),
    branch: Type.Optional(Type.String({ description: 'Globs of target branches, separated by commas' })),
    event: Type.Optional(Type.String({ description: 'Events, separated by commas' })),
    before: Type.Optional(
      Type.String({ description: 'Only builds with a smaller id: `next` of the page before' }),
    ),
    limit: Type.Optional(Type.String({ description: '25 unless given, at most 100' })),
  }),
  reply: Type.Object(
    {
      builds: Type.Array(Type.Object({ ...WireBuild.properties, repo_slug: Type.String() })),
      next: Type.Integer({ description: 'Give it as `before` for the next page; 0 at the end' }),
    },
    { title: 'BuildSearch' },
  ),
});

export function toFoundBuild({ build, slug }: { readonly build: Build; readonly slug: string }) {
  return { ...toWireBuild(build), repo_slug: slug };
}

export const cancelBuilds = defineRoute({
  id: 'cancelBuilds',
  method: 'POST',
  path: '/api/builds/cancel',
  access: 'user',
  scope: 'builds:write',
  summary: 'Cancels all builds that fit, of the repositories that the caller may write, at most 1000',
  body: Type.Object({
    status: Type.Optional(
      Type.Array(Type.Enum([...OPEN_STATUSES]), {
        minItems: 1,
        description:
          'Only `pending` unless given; `blocked` are builds of which a stage waits for an approval',
      }),
    ),
    repos: Type.Optional(Globs('Slugs')),
    namespaces: Type.Optional(Globs('Namespaces')),
    branches: Type.Optional(Globs('Target branches')),
    events: Type.Optional(Type.Array(Type.Enum([...EVENTS]), { minItems: 1 })),
    created_before: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Unix seconds' }),
    ),
    dry_run: DryRun,
  }),
  reply: Type.Object(
    {
      dry_run: Type.Boolean(),
      results: Type.Array(
        Type.Object({
          slug: Type.String(),
          number: Type.Integer(),
          result: Type.Enum(['cancelled', 'would-cancel', 'failed']),
          ...Failure,
        }),
      ),
    },
    { title: 'CancelledBuilds' },
  ),
  errors: ['bulk-too-large'],
  isAudited: true,
});

export const activateRepos = defineRoute({
  id: 'activateRepos',
  method: 'POST',
  path: '/api/repos/activate',
  access: 'user',
  scope: 'repos:admin',
  summary: 'Activates or deactivates many repositories that the caller administers, at most 500',
  body: Type.Object({
    repos: Type.Optional(
      Type.Array(Type.String({ maxLength: 500, pattern: '^[^\\u0000-\\u001f]+$' }), {
        description: 'Slugs',
        minItems: 1,
      }),
    ),
    namespace: Type.Optional(
      Type.String({ description: 'All repositories of it that the caller administers' }),
    ),
    active: Type.Boolean(),
    dry_run: DryRun,
  }),
  reply: Type.Object(
    {
      dry_run: Type.Boolean(),
      results: Type.Array(
        Type.Object({
          slug: Type.String(),
          result: Type.Enum([
            'activated',
            'deactivated',
            'would-activate',
            'would-deactivate',
            'unchanged',
            'failed',
          ]),
          ...Failure,
        }),
      ),
    },
    { title: 'ActivatedRepos' },
  ),
  errors: ['bulk-too-large'],
  isAudited: true,
});

export const rotateSecrets = defineRoute({
  id: 'rotateSecrets',
  method: 'POST',
  path: '/api/secrets/rotate',
  access: 'user',
  scope: 'secrets:write',
  summary: 'Gives every secret of one name a new value, where the caller may write it, at most 500 places',
  body: Type.Object({
    name: Type.String({ maxLength: 500 }),
    data: Type.String({ description: 'The new value, 1 to 65536 bytes; no answer repeats it' }),
    repos: Type.Optional(Globs('Slugs; `repos` or `namespaces` must be given')),
    namespaces: Type.Optional(Globs('Namespaces whose own secrets are meant; `__global__` only by its name')),
    dry_run: DryRun,
  }),
  reply: Type.Object(
    {
      dry_run: Type.Boolean(),
      results: Type.Array(
        Type.Object({
          kind: Type.Enum(['repo', 'namespace']),
          place: Type.String({ description: 'Slug of the repository, or the namespace' }),
          result: Type.Enum(['rotated', 'would-rotate', 'failed']),
          ...Failure,
        }),
      ),
    },
    { title: 'RotatedSecrets' },
  ),
  errors: ['bulk-too-large', 'secret-invalid'],
  isAudited: true,
});
