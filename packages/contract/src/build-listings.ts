import { Type } from 'typebox';
import { WireBuild } from './builds.ts';
import { RepoParams, WireRepos } from './repos.ts';
import { defineRoute } from './route.ts';

/** Newest builds of a person's repositories: as many as Drone answers. */
export const RECENT_BUILDS = 25;

/** The rest of the path is the key: it may hold slashes, written as they are or as `%2F`. */
const KeyParams = Type.Object({ ...RepoParams.properties, '*': Type.String() });

const LISTING = {
  method: 'GET',
  access: 'repo:read',
  scope: 'builds:read',
  params: RepoParams,
  reply: Type.Array(WireBuild),
  hasEtag: true,
} as const;

const REMOVAL = { method: 'DELETE', access: 'repo:write', scope: 'builds:write' } as const;

export const listBranchBuilds = defineRoute({
  ...LISTING,
  id: 'listBranchBuilds',
  path: '/api/repos/:owner/:name/builds/branches',
  summary: 'The latest push build of each branch, newest first',
});

export const deleteBranchEntry = defineRoute({
  ...REMOVAL,
  id: 'deleteBranchEntry',
  path: '/api/repos/:owner/:name/builds/branches/*',
  summary: 'Takes a branch out of the listing until its next build; no build is removed',
  params: KeyParams,
});

export const listPullBuilds = defineRoute({
  ...LISTING,
  id: 'listPullBuilds',
  path: '/api/repos/:owner/:name/builds/pulls',
  summary: 'The latest build of each pull request, newest first',
});

export const deletePullEntry = defineRoute({
  ...REMOVAL,
  id: 'deletePullEntry',
  path: '/api/repos/:owner/:name/builds/pulls/:pull',
  summary: 'Takes a pull request out of the listing until its next build; no build is removed',
  params: Type.Object({ ...RepoParams.properties, pull: Type.String({ description: 'Its number' }) }),
});

export const listDeploymentBuilds = defineRoute({
  ...LISTING,
  id: 'listDeploymentBuilds',
  path: '/api/repos/:owner/:name/builds/deployments',
  summary: 'The latest promotion or rollback of each target, newest first',
});

export const deleteDeploymentEntry = defineRoute({
  ...REMOVAL,
  id: 'deleteDeploymentEntry',
  path: '/api/repos/:owner/:name/builds/deployments/*',
  summary: 'Takes a target out of the listing until its next build; no build is removed',
  params: KeyParams,
});

export const listUserBuilds = defineRoute({
  id: 'listUserBuilds',
  method: 'GET',
  path: '/api/user/builds',
  access: 'user',
  scope: 'builds:read',
  summary: `The ${RECENT_BUILDS} newest builds of all repositories that the account has a permission for, each as a repository with its \`build\``,
  reply: WireRepos,
  hasEtag: true,
});

export const listRecentBuilds = defineRoute({
  ...listUserBuilds,
  id: 'listRecentBuilds',
  path: '/api/user/builds/recent',
  summary: 'The same as `/api/user/builds`',
});
