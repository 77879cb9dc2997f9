import { type Static, Type } from 'typebox';
import { RepoParams, WirePermission } from './repos.ts';
import { defineRoute } from './route.ts';

/** Somebody with a permission row for a repository (api-v1.md 2.3). */
export const WireCollaborator = Type.Object(
  {
    user_id: Type.Integer(),
    repo_id: Type.String({ description: 'The `uid` of the repository' }),
    login: Type.String(),
    avatar: Type.String(),
    read: Type.Boolean(),
    write: Type.Boolean(),
    admin: Type.Boolean(),
    synced: Type.Integer(),
    created: Type.Integer(),
    updated: Type.Integer(),
  },
  { title: 'Collaborator' },
);
export type WireCollaborator = Static<typeof WireCollaborator>;

const CollaboratorParams = Type.Object({
  ...RepoParams.properties,
  member: Type.String({ description: 'Login of the account' }),
});

export const listCollaborators = defineRoute({
  id: 'listCollaborators',
  method: 'GET',
  path: '/api/repos/:owner/:name/collaborators',
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'Who may do what with the repository, by login; for people who are signed in',
  params: RepoParams,
  reply: Type.Array(WireCollaborator),
});

export const getCollaborator = defineRoute({
  id: 'getCollaborator',
  method: 'GET',
  path: '/api/repos/:owner/:name/collaborators/:member',
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'What one account may do with the repository; for people who are signed in',
  params: CollaboratorParams,
  reply: WirePermission,
});

export const deleteCollaborator = defineRoute({
  id: 'deleteCollaborator',
  method: 'DELETE',
  path: '/api/repos/:owner/:name/collaborators/:member',
  access: 'repo:admin',
  scope: 'repos:admin',
  summary: 'Takes away what an account may do with the repository',
  params: CollaboratorParams,
  isAudited: true,
});
