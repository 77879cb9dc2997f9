import { Type } from 'typebox';
import { WireBuild } from './builds.ts';
import { WireFinding } from './findings.ts';
import { RepoParams } from './repos.ts';
import { defineRoute } from './route.ts';

/** Path parameters of everything below a build; `build` is its number. */
export const BuildParams = Type.Object({ ...RepoParams.properties, build: Type.Integer() });

export const listBuilds = defineRoute({
  id: 'listBuilds',
  allowsQueryToken: true,
  method: 'GET',
  path: '/api/repos/:owner/:name/builds',
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'Builds of a repository, newest first, without stages',
  params: RepoParams,
  query: Type.Object({
    page: Type.Optional(Type.String({ description: 'From 1' })),
    per_page: Type.Optional(Type.String({ description: '25 unless given; above 100 it is 25 again' })),
    branch: Type.Optional(Type.String({ description: 'Only builds of this branch' })),
    tag: Type.Optional(Type.String({ description: 'Only builds of this tag; `branch` goes first' })),
  }),
  reply: Type.Array(WireBuild),
  hasEtag: true,
});

export const getLatestBuild = defineRoute({
  id: 'getLatestBuild',
  allowsQueryToken: true,
  method: 'GET',
  path: '/api/repos/:owner/:name/builds/latest',
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'The newest build of a ref, by default of the default branch, with stages and steps',
  params: RepoParams,
  query: Type.Object({
    ref: Type.Optional(Type.String({ description: 'A full ref' })),
    branch: Type.Optional(Type.String({ description: 'A branch; goes before `ref`' })),
  }),
  reply: WireBuild,
  hasEtag: true,
});

export const getBuild = defineRoute({
  id: 'getBuild',
  allowsQueryToken: true,
  method: 'GET',
  path: '/api/repos/:owner/:name/builds/:build',
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'One build with stages and steps; with `wait` as soon as it is in the wanted state',
  params: BuildParams,
  query: Type.Object({
    wait: Type.Optional(
      Type.String({
        description:
          'Seconds, at most 300: answer when `until` is reached or after that time, as `X-Wait: satisfied` or `timeout` says',
      }),
    ),
    until: Type.Optional(
      Type.String({
        description:
          '`finished` unless given; `running`: it has begun; a number: `sequence` is greater than that',
      }),
    ),
  }),
  reply: WireBuild,
  hasEtag: true,
});

export const cancelBuild = defineRoute({
  id: 'cancelBuild',
  method: 'DELETE',
  path: '/api/repos/:owner/:name/builds/:build',
  access: 'repo:write',
  scope: 'builds:write',
  summary: 'Cancels a build; a finished one stays as it is',
  params: BuildParams,
  reply: WireBuild,
  errors: ['conflict'],
});

export const getBuildConfig = defineRoute({
  id: 'getBuildConfig',
  method: 'GET',
  path: '/api/repos/:owner/:name/builds/:build/config',
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'The pipeline file that the build was made from, and what the compiler had to say about it',
  params: BuildParams,
  reply: Type.Object({ text: Type.String(), findings: Type.Array(WireFinding) }, { title: 'BuildConfig' }),
});
