import { Type } from 'typebox';
import { RepoParams } from './repos.ts';
import { defineRoute } from './route.ts';

/**
 * Addresses of code that stay the same whichever Git service holds it: 303 to its page there. The built-in host has
 * no pages of code, so the redirect goes to the repository's own page with `ref` or `sha` in its query.
 */
const LINK = {
  method: 'GET',
  access: 'open',
  scope: 'builds:read',
  isRedirect: true,
  errors: ['not-found'],
} as const;

const tree = {
  params: Type.Object({ ...RepoParams.properties, '*': Type.String() }),
  query: Type.Object({
    sha: Type.Optional(Type.String({ description: 'The commit to show instead of the ref' })),
  }),
};

export const linkTree = defineRoute({
  ...LINK,
  ...tree,
  id: 'linkTree',
  path: '/link/:owner/:name/tree/*',
  summary: 'Redirects to the code of a ref at its Git service',
});

export const linkSource = defineRoute({
  ...LINK,
  ...tree,
  id: 'linkSource',
  path: '/link/:owner/:name/src/*',
  summary: 'The same as `/link/{owner}/{name}/tree/…`',
});

export const linkCommit = defineRoute({
  ...LINK,
  id: 'linkCommit',
  path: '/link/:owner/:name/commit/:commit',
  summary: 'Redirects to a commit at its Git service',
  params: Type.Object({ ...RepoParams.properties, commit: Type.String() }),
  query: Type.Object({ ref: Type.Optional(Type.String({ description: 'Accepted, as in Drone' })) }),
});
