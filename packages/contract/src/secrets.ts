import type { Secret } from '@sortie/core/secret';
import { type Static, Type } from 'typebox';
import { LegacySecretBody } from './legacy/secret-body.ts';
import { LEGACY_SECRET_MEMBERS, legacySecretMembers } from './legacy/superset.ts';
import { RepoParams } from './repos.ts';
import { defineRoute } from './route.ts';

/** A secret on the wire (api-v1.md 2.8). The value is on no answer. */
export const WireSecret = Type.Object(
  {
    id: Type.Integer(),
    repo_id: Type.Optional(Type.Integer({ description: 'Secrets of a repository' })),
    namespace: Type.Optional(Type.String({ description: 'Secrets of a namespace' })),
    name: Type.String(),
    pull_request: Type.Optional(Type.Boolean({ description: 'Builds of pull requests may have it' })),
    pull_request_push: Type.Optional(Type.Boolean({ description: 'Kept for clients of Drone' })),
    created: Type.Integer({ description: 'Unix seconds' }),
    updated: Type.Integer({ description: 'Unix seconds of the last change' }),
    ...LEGACY_SECRET_MEMBERS,
  },
  { title: 'Secret' },
);
export type WireSecret = Static<typeof WireSecret>;

const FLAGS = {
  pull_request: Type.Optional(Type.Boolean({ description: 'Builds of pull requests may have it' })),
  pull_request_push: Type.Optional(Type.Boolean({ description: 'Kept for clients of Drone' })),
};

const NewSecretBody = Type.Object(
  {
    name: Type.Optional(Type.String({ description: 'Letters, digits, `-`, `_` and `.`; at most 500' })),
    data: Type.Optional(Type.String({ description: 'The value, 1 to 65536 bytes' })),
    ...FLAGS,
  },
  { title: 'SecretInput' },
);

/** Repositories also take the form of the 0.5 API: with `value` and without `data` it replaces or makes the secret. */
const NewRepoSecretBody = Type.Object(
  { ...NewSecretBody.properties, ...LegacySecretBody.properties, name: NewSecretBody.properties.name },
  { title: 'RepoSecretInput' },
);

const SecretPatchBody = Type.Object(
  {
    data: Type.Optional(Type.String({ description: 'The new value; absent leaves the old one' })),
    ...FLAGS,
  },
  { title: 'SecretPatch' },
);

const RepoSecretParams = Type.Object({ ...RepoParams.properties, secret: Type.String() });
const NamespaceParams = Type.Object({ namespace: Type.String() });
const NamespaceSecretParams = Type.Object({ namespace: Type.String(), name: Type.String() });

const inRepo = {
  access: 'repo:write',
  path: '/api/repos/:owner/:name/secrets',
  params: RepoParams,
} as const;
const inRepoNamed = { ...inRepo, path: `${inRepo.path}/:secret`, params: RepoSecretParams } as const;
const inNamespace = { path: '/api/secrets/:namespace', params: NamespaceParams } as const;
const inNamespaceNamed = { path: '/api/secrets/:namespace/:name', params: NamespaceSecretParams } as const;
const reads = { scope: 'secrets:read' } as const;
const writes = { scope: 'secrets:write', isAudited: true } as const;

export const listRepoSecrets = defineRoute({
  ...inRepo,
  ...reads,
  id: 'listRepoSecrets',
  allowsQueryToken: true,
  method: 'GET',
  summary: 'The secrets of a repository by name, without their values',
  reply: Type.Array(WireSecret),
});

export const createRepoSecret = defineRoute({
  ...inRepo,
  ...writes,
  id: 'createRepoSecret',
  allowsQueryToken: true,
  method: 'POST',
  summary: 'Makes a secret of a repository; with `value` in place of `data`, as the 0.5 API does',
  body: NewRepoSecretBody,
  reply: WireSecret,
  errors: ['secret-invalid', 'already-exists'],
});

export const getRepoSecret = defineRoute({
  ...inRepoNamed,
  ...reads,
  id: 'getRepoSecret',
  method: 'GET',
  summary: 'One secret of a repository, without its value',
  reply: WireSecret,
});

export const updateRepoSecret = defineRoute({
  ...inRepoNamed,
  ...writes,
  id: 'updateRepoSecret',
  method: 'PATCH',
  summary: 'Changes the value of a secret, or who may have it; what is absent or null stays',
  body: SecretPatchBody,
  reply: WireSecret,
  errors: ['secret-invalid'],
});

export const deleteRepoSecret = defineRoute({
  ...inRepoNamed,
  ...writes,
  id: 'deleteRepoSecret',
  allowsQueryToken: true,
  method: 'DELETE',
  summary: 'Removes a secret of a repository',
});

export const listOrgSecrets = defineRoute({
  ...reads,
  id: 'listOrgSecrets',
  method: 'GET',
  path: '/api/secrets',
  access: 'admin',
  summary: 'The secrets of all namespaces and of the server (`__global__`) by name, without their values',
  reply: Type.Array(WireSecret),
});

export const listNamespaceSecrets = defineRoute({
  ...inNamespace,
  ...reads,
  id: 'listNamespaceSecrets',
  method: 'GET',
  access: 'org:member',
  summary: 'The secrets of a namespace by name, without their values',
  reply: Type.Array(WireSecret),
});

export const createNamespaceSecret = defineRoute({
  ...inNamespace,
  ...writes,
  id: 'createNamespaceSecret',
  method: 'POST',
  access: 'org:admin',
  summary:
    'Makes a secret for all repositories of a namespace; of the server, when it is called `__global__`',
  body: NewSecretBody,
  reply: WireSecret,
  errors: ['secret-invalid', 'already-exists'],
});

export const getNamespaceSecret = defineRoute({
  ...inNamespaceNamed,
  ...reads,
  id: 'getNamespaceSecret',
  method: 'GET',
  access: 'org:member',
  summary: 'One secret of a namespace, without its value',
  reply: WireSecret,
});

export const updateNamespaceSecret = defineRoute({
  ...inNamespaceNamed,
  ...writes,
  id: 'updateNamespaceSecret',
  method: 'PATCH',
  access: 'org:admin',
  summary: 'Changes the value of a secret, or who may have it; what is absent or null stays',
  body: SecretPatchBody,
  reply: WireSecret,
  errors: ['secret-invalid'],
});

export const postNamespaceSecret = defineRoute({
  ...updateNamespaceSecret,
  id: 'postNamespaceSecret',
  method: 'POST',
  summary: 'The same as `updateNamespaceSecret`; drone-node asks this way',
});

export const deleteNamespaceSecret = defineRoute({
  ...inNamespaceNamed,
  ...writes,
  id: 'deleteNamespaceSecret',
  method: 'DELETE',
  access: 'org:admin',
  summary: 'Removes a secret of a namespace',
});

export function toWireSecret(secret: Secret): WireSecret {
  const { id, repoId, namespace, name, allowsPullRequests, allowsPullRequestPushes, created, updated } =
    secret;
  return {
    id,
    ...(repoId === 0 ? { namespace } : { repo_id: repoId }),
    name,
    ...(allowsPullRequests ? { pull_request: true } : {}),
    ...(allowsPullRequestPushes ? { pull_request_push: true } : {}),
    created,
    updated,
    ...legacySecretMembers(secret),
  };
}
