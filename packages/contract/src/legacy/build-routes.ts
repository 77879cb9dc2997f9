import { Type } from 'typebox';
import { RepoParams } from '../repos.ts';
import { defineLegacyRoute } from './route.ts';

const BuildParams = Type.Object({ ...RepoParams.properties, number: Type.Integer() });
const JobParams = Type.Object({ ...BuildParams.properties, job: Type.Integer() });
const REPO = '/api/repos/:owner/:name';

export const legacyGetQueue = defineLegacyRoute({
  row: 12,
  mounts: 'both',
  id: 'legacyGetQueue',
  method: 'GET',
  path: '/api/builds',
  access: 'admin',
  scope: 'server:admin',
  summary: 'Pending and running builds of the whole server',
});

export const legacyGetBuilds = defineLegacyRoute({
  row: 13,
  mounts: 'v0',
  id: 'legacyGetBuilds',
  method: 'GET',
  path: `${REPO}/builds`,
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'The newest 50 builds',
  params: RepoParams,
});

export const legacyGetBuild = defineLegacyRoute({
  row: 14,
  mounts: 'v0',
  id: 'legacyGetBuild',
  method: 'GET',
  path: `${REPO}/builds/:number`,
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'One build with its jobs',
  params: BuildParams,
});

export const legacyGetLatestBuild = defineLegacyRoute({
  row: 14,
  mounts: 'v0',
  id: 'legacyGetLatestBuild',
  method: 'GET',
  path: `${REPO}/builds/latest`,
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'The newest push to a branch, by default the default branch',
  params: RepoParams,
  query: Type.Object({ branch: Type.Optional(Type.String()) }),
});

export const legacyPostBuild = defineLegacyRoute({
  row: 15,
  mounts: 'v0',
  id: 'legacyPostBuild',
  method: 'POST',
  path: `${REPO}/builds/:number`,
  access: 'repo:write',
  scope: 'builds:write',
  summary: 'Runs a build again in its place, or with `fork` as a new one',
  params: BuildParams,
  errors: ['conflict', 'build-not-restartable'],
});

export const legacyDeleteBuild = defineLegacyRoute({
  row: 16,
  mounts: 'both',
  id: 'legacyDeleteBuild',
  method: 'DELETE',
  path: `${REPO}/builds/:number/:job`,
  access: 'repo:write',
  scope: 'builds:write',
  summary: 'Stops one job',
  params: JobParams,
});

export const legacyDeleteBuildAlias = defineLegacyRoute({
  row: 16,
  mounts: 'both',
  id: 'legacyDeleteBuildAlias',
  method: 'DELETE',
  path: `${REPO}/logs/:number/:job`,
  access: 'repo:write',
  scope: 'builds:write',
  summary: 'Stops one job, at the path that the index gives',
  params: JobParams,
});

export const legacyGetLogs = defineLegacyRoute({
  row: 22,
  mounts: 'both',
  id: 'legacyGetLogs',
  method: 'GET',
  path: `${REPO}/logs/:number/:job`,
  access: 'repo:read',
  scope: 'logs:read',
  summary: 'The log of one job',
  params: JobParams,
});

export const legacyGetLogsAlias = defineLegacyRoute({
  row: 22,
  mounts: 'both',
  id: 'legacyGetLogsAlias',
  method: 'GET',
  path: `${REPO}/chown`,
  access: 'repo:read',
  scope: 'logs:read',
  summary: 'The log of one job, at the path that the index gives',
  params: RepoParams,
  query: Type.Object({ number: Type.Optional(Type.String()), job: Type.Optional(Type.String()) }),
});

export const legacyGetCc = defineLegacyRoute({
  row: 34,
  mounts: 'v0',
  id: 'legacyGetCc',
  method: 'GET',
  path: '/api/badges/:owner/:name/cc.xml',
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'The newest build for CCMenu',
  params: RepoParams,
  produces: ['application/xml'],
});

export const legacyGetBadge = defineLegacyRoute({
  row: 35,
  mounts: 'v0',
  id: 'legacyGetBadge',
  method: 'GET',
  path: '/api/badges/:owner/:name/status.svg',
  access: 'open',
  summary: 'The status of a branch as a picture',
  params: RepoParams,
  query: Type.Object({ branch: Type.Optional(Type.String()) }),
  produces: ['image/svg+xml'],
});
