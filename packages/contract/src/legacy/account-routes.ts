import { Type } from 'typebox';
import { defineLegacyRoute } from './route.ts';

const UserParams = Type.Object({ login: Type.String() });
const Flag = Type.Optional(Type.String({ description: '`1`, `t` or `true` in any of Go’s spellings' }));

export const legacyGetSelf = defineLegacyRoute({
  row: 1,
  mounts: 'v0',
  id: 'legacyGetSelf',
  method: 'GET',
  path: '/api/user',
  access: 'user',
  scope: 'any',
  summary: 'The account behind the request',
});

export const legacyGetFeed = defineLegacyRoute({
  row: 2,
  mounts: 'both',
  id: 'legacyGetFeed',
  method: 'GET',
  path: '/api/user/feed',
  access: 'user',
  scope: 'builds:read',
  summary: 'The newest builds of the repositories of the account, or the newest one of each',
  query: Type.Object({ latest: Flag }),
});

export const legacyGetRepos = defineLegacyRoute({
  row: 3,
  mounts: 'v0',
  id: 'legacyGetRepos',
  method: 'GET',
  path: '/api/user/repos',
  access: 'user',
  scope: 'builds:read',
  summary: 'The active repositories of the account, with `all` the others too',
  query: Type.Object({ all: Flag, flush: Flag }),
});

export const legacyGetRemoteRepos = defineLegacyRoute({
  row: 4,
  mounts: 'both',
  id: 'legacyGetRemoteRepos',
  method: 'GET',
  path: '/api/user/repos/remote',
  access: 'user',
  scope: 'builds:read',
  summary: 'Every repository of the account, active or not',
});

export const legacyDeleteToken = defineLegacyRoute({
  row: 5,
  mounts: 'both',
  id: 'legacyDeleteToken',
  method: 'DELETE',
  path: '/api/user/token',
  access: 'user',
  scope: 'account:write',
  summary: 'Ends the user token and answers the new one',
  produces: ['text/plain'],
  isAudited: true,
});

export const legacyPostToken = defineLegacyRoute({
  row: 6,
  mounts: 'v0',
  id: 'legacyPostToken',
  method: 'POST',
  path: '/api/user/token',
  access: 'user',
  scope: 'account:write',
  summary: 'The user token',
  produces: ['text/plain'],
  isAudited: true,
});

export const legacyGetUsers = defineLegacyRoute({
  row: 7,
  mounts: 'v0',
  id: 'legacyGetUsers',
  method: 'GET',
  path: '/api/users',
  access: 'admin',
  scope: 'users:admin',
  summary: 'All accounts by login',
});

export const legacyPostUser = defineLegacyRoute({
  row: 8,
  mounts: 'v0',
  id: 'legacyPostUser',
  method: 'POST',
  path: '/api/users',
  access: 'admin',
  scope: 'users:admin',
  summary: 'Makes an account',
  body: Type.Object({
    login: Type.String(),
    email: Type.Optional(Type.String()),
    avatar_url: Type.Optional(Type.String()),
  }),
  errors: ['name-invalid', 'already-exists'],
  isAudited: true,
});

export const legacyDeleteUser = defineLegacyRoute({
  row: 9,
  mounts: 'v0',
  id: 'legacyDeleteUser',
  method: 'DELETE',
  path: '/api/users/:login',
  access: 'admin',
  scope: 'users:admin',
  summary: 'Removes an account',
  params: UserParams,
  produces: ['text/plain'],
  isAudited: true,
});

export const legacyGetUser = defineLegacyRoute({
  row: 10,
  mounts: 'v0',
  id: 'legacyGetUser',
  method: 'GET',
  path: '/api/users/:login',
  access: 'admin',
  scope: 'users:admin',
  summary: 'One account',
  params: UserParams,
});

export const legacyPatchUser = defineLegacyRoute({
  row: 11,
  mounts: 'v0',
  id: 'legacyPatchUser',
  method: 'PATCH',
  path: '/api/users/:login',
  access: 'admin',
  scope: 'users:admin',
  summary: 'Activates or deactivates an account',
  params: UserParams,
  body: Type.Object({ active: Type.Optional(Type.Boolean()) }),
  isAudited: true,
});
