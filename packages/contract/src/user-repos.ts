import { Type } from 'typebox';
import { RepoParams, WireRepo, WireRepos } from './repos.ts';
import { defineRoute } from './route.ts';

export const listUserRepos = defineRoute({
  id: 'listUserRepos',
  allowsQueryToken: true,
  method: 'GET',
  path: '/api/user/repos',
  access: 'user',
  scope: 'builds:read',
  summary: 'Repositories that the account has a permission for, by slug',
  query: Type.Object({
    latest: Type.Optional(Type.String({ description: '`true` adds the newest build of each repository' })),
  }),
  reply: WireRepos,
  hasEtag: true,
});

export const syncUserRepos = defineRoute({
  id: 'syncUserRepos',
  method: 'POST',
  path: '/api/user/repos',
  access: 'user',
  scope: 'account:write',
  summary: 'Reads the repositories of the account from its Git service again, then lists them',
  query: Type.Object({
    async: Type.Optional(
      Type.String({
        description: '`true` answers 204 at once; `syncing` of the account is true until it is done',
      }),
    ),
  }),
  reply: WireRepos,
  mayBeEmpty: true,
  isAudited: true,
});

export const listRemoteRepos = defineRoute({
  id: 'listRemoteRepos',
  method: 'GET',
  path: '/api/user/remote/repos',
  access: 'user',
  scope: 'builds:read',
  summary: 'Repositories of the account as its Git service lists them now',
  reply: WireRepos,
});

export const getRemoteRepo = defineRoute({
  id: 'getRemoteRepo',
  method: 'GET',
  path: '/api/user/remote/repos/:owner/:name',
  access: 'user',
  scope: 'builds:read',
  summary: 'One repository as the Git service of the account shows it now, with the permissions there',
  params: RepoParams,
  reply: WireRepo,
});

export const listReposOfUser = defineRoute({
  id: 'listReposOfUser',
  method: 'GET',
  path: '/api/users/:user/repos',
  access: 'admin',
  scope: 'builds:read',
  summary: 'Repositories that an account has a permission for, by slug',
  params: Type.Object({ user: Type.String({ description: 'Login of the account' }) }),
  reply: WireRepos,
  hasEtag: true,
});
