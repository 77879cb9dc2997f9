import { Type } from 'typebox';
import { RepoParams } from './repos.ts';
import { defineRoute } from './route.ts';

const DataBody = Type.Object({ data: Type.String() }, { title: 'Data' });

const inRepo = {
  method: 'POST',
  access: 'repo:write',
  scope: 'secrets:write',
  isAudited: true,
  params: RepoParams,
  body: DataBody,
} as const;

export const signConfig = defineRoute({
  ...inRepo,
  id: 'signConfig',
  allowsQueryToken: true,
  path: '/api/repos/:owner/:name/sign',
  summary: 'The signature of a pipeline file, in lower-case hexadecimal digits',
  reply: DataBody,
  errors: ['config-unreadable'],
});

export const verifyConfig = defineRoute({
  ...inRepo,
  id: 'verifyConfig',
  path: '/api/repos/:owner/:name/verify',
  summary: 'Whether the signature of a pipeline file fits: 204, or 400',
  scope: 'secrets:read',
  isAudited: false,
  errors: ['signature-invalid'],
});

export const encryptData = defineRoute({
  ...inRepo,
  id: 'encryptData',
  path: '/api/repos/:owner/:name/encrypt',
  summary: 'Encrypts a value for a document of kind `secret` in the pipeline file of this repository',
  reply: DataBody,
});

export const encryptSecretData = defineRoute({
  ...encryptData,
  id: 'encryptSecretData',
  path: '/api/repos/:owner/:name/encrypt/secret',
  summary: 'The same as `encryptData`',
});
