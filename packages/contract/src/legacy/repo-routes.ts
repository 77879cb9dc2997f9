import { Type } from 'typebox';
import { RepoParams } from '../repos.ts';
import { defineLegacyRoute } from './route.ts';

const REPO = '/api/repos/:owner/:name';
const Flag = Type.Optional(Type.Boolean());

export const legacyDeleteRepo = defineLegacyRoute({
  row: 17,
  mounts: 'v0',
  id: 'legacyDeleteRepo',
  method: 'DELETE',
  path: REPO,
  access: 'repo:admin',
  scope: 'repos:admin',
  summary: 'Removes a repository with its builds',
  params: RepoParams,
  isAudited: true,
});

export const legacyGetRepo = defineLegacyRoute({
  row: 18,
  mounts: 'v0',
  id: 'legacyGetRepo',
  method: 'GET',
  path: REPO,
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'One repository',
  params: RepoParams,
});

export const legacyPatchRepo = defineLegacyRoute({
  row: 19,
  mounts: 'v0',
  id: 'legacyPatchRepo',
  method: 'PATCH',
  path: REPO,
  access: 'repo:write',
  scope: 'repos:admin',
  summary: 'Changes which events are built; administrators also trust and timeout',
  params: RepoParams,
  body: Type.Object({
    allow_push: Flag,
    allow_pr: Flag,
    allow_deploy: Flag,
    allow_deploys: Flag,
    allow_tag: Flag,
    allow_tags: Flag,
    trusted: Flag,
    timeout: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Minutes' })),
  }),
  isAudited: true,
});

export const legacyPostRepo = defineLegacyRoute({
  row: 20,
  mounts: 'v0',
  id: 'legacyPostRepo',
  method: 'POST',
  path: REPO,
  access: 'repo:admin',
  scope: 'repos:admin',
  adoptsUnknown: true,
  summary: 'Activates a repository and makes the caller its owner',
  params: RepoParams,
  errors: ['conflict'],
  isAudited: true,
});

export const legacyChownRepo = defineLegacyRoute({
  row: 21,
  mounts: 'v0',
  id: 'legacyChownRepo',
  method: 'POST',
  path: `${REPO}/chown`,
  access: 'repo:admin',
  scope: 'repos:admin',
  summary: 'Makes the caller the owner',
  params: RepoParams,
  isAudited: true,
});

export const legacySign = defineLegacyRoute({
  row: 26,
  mounts: 'v0',
  id: 'legacySign',
  method: 'POST',
  path: `${REPO}/sign`,
  access: 'repo:write',
  scope: 'secrets:write',
  summary: 'Signs the bytes of a pipeline file',
  params: RepoParams,
  produces: ['text/plain'],
  isAudited: true,
});
