import { Type } from 'typebox';
import { RepoParams } from '../repos.ts';
import { defineLegacyRoute } from './route.ts';
import { LegacySecretBody } from './secret-body.ts';

const REPO = '/api/repos/:owner/:name/secrets';
/** The place is `namespace` for the access check of organisations. */
const TeamParams = Type.Object({ namespace: Type.String() });
const Named = Type.Object({ secret: Type.String() });
const RepoSecretParams = Type.Object({ ...RepoParams.properties, ...Named.properties });
const TeamSecretParams = Type.Object({ ...TeamParams.properties, ...Named.properties });
const READS = { scope: 'secrets:read', method: 'GET' } as const;
const WRITES = {
  scope: 'secrets:write',
  produces: ['text/plain'],
  isAudited: true,
} as const;

export const legacyGetSecrets = defineLegacyRoute({
  ...READS,
  row: 23,
  mounts: 'v0',
  id: 'legacyGetSecrets',
  path: REPO,
  access: 'repo:write',
  summary: 'The secrets of a repository, without their values',
  params: RepoParams,
});

export const legacyPostSecret = defineLegacyRoute({
  ...WRITES,
  row: 24,
  mounts: 'v0',
  id: 'legacyPostSecret',
  method: 'POST',
  path: REPO,
  access: 'repo:write',
  summary: 'Makes or replaces a secret of a repository',
  params: RepoParams,
  body: LegacySecretBody,
  errors: ['secret-invalid'],
});

export const legacyDeleteSecret = defineLegacyRoute({
  ...WRITES,
  row: 25,
  mounts: 'v0',
  id: 'legacyDeleteSecret',
  method: 'DELETE',
  path: `${REPO}/:secret`,
  access: 'repo:write',
  summary: 'Removes a secret of a repository',
  params: RepoSecretParams,
});

export const legacyGetTeamSecrets = defineLegacyRoute({
  ...READS,
  row: 27,
  mounts: 'both',
  id: 'legacyGetTeamSecrets',
  path: '/api/teams/:namespace/secrets',
  access: 'org:admin',
  summary: 'The secrets of an organisation, without their values',
  params: TeamParams,
});

export const legacyPostTeamSecret = defineLegacyRoute({
  ...WRITES,
  row: 28,
  mounts: 'both',
  id: 'legacyPostTeamSecret',
  method: 'POST',
  path: '/api/teams/:namespace/secrets',
  access: 'org:admin',
  summary: 'Makes or replaces a secret of an organisation',
  params: TeamParams,
  body: LegacySecretBody,
  errors: ['secret-invalid'],
});

export const legacyDeleteTeamSecret = defineLegacyRoute({
  ...WRITES,
  row: 29,
  mounts: 'both',
  id: 'legacyDeleteTeamSecret',
  method: 'DELETE',
  path: '/api/teams/:namespace/secrets/:secret',
  access: 'org:admin',
  summary: 'Removes a secret of an organisation',
  params: TeamSecretParams,
});

export const legacyGetGlobalSecrets = defineLegacyRoute({
  ...READS,
  row: 30,
  mounts: 'both',
  id: 'legacyGetGlobalSecrets',
  path: '/api/global/secrets',
  access: 'admin',
  summary: 'The secrets of every repository, without their values',
});

export const legacyPostGlobalSecret = defineLegacyRoute({
  ...WRITES,
  row: 31,
  mounts: 'both',
  id: 'legacyPostGlobalSecret',
  method: 'POST',
  path: '/api/global/secrets',
  access: 'admin',
  summary: 'Makes or replaces a secret of every repository',
  body: LegacySecretBody,
  errors: ['secret-invalid'],
});

export const legacyDeleteGlobalSecret = defineLegacyRoute({
  ...WRITES,
  row: 32,
  mounts: 'both',
  id: 'legacyDeleteGlobalSecret',
  method: 'DELETE',
  path: '/api/global/secrets/:secret',
  access: 'admin',
  summary: 'Removes a secret of every repository',
  params: Named,
});
