import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { Secret } from '@sortie/core/secret';
import { Type } from 'typebox';
import type { StageWithSteps } from '../stages.ts';
import { legacyBranchOf, legacyRefspecOf } from './build-words.ts';
import { toLegacyJob } from './jobs.ts';
import { toLegacyRepo } from './repos.ts';
import { toLegacySecret } from './secrets.ts';

/**
 * The members that objects of version 1 carry for clients of the 0.5 API (api-legacy.md 4.2). No name of theirs has
 * another type in version 1.
 */
const Text = Type.Optional(Type.String());
const Count = Type.Optional(Type.Integer());
const Flag = Type.Optional(Type.Boolean());

export const LEGACY_BUILD_MEMBERS = {
  enqueued_at: Count,
  created_at: Count,
  started_at: Count,
  finished_at: Count,
  commit: Text,
  branch: Text,
  refspec: Text,
  remote: Text,
  author: Text,
  link_url: Text,
  signed: Flag,
  verified: Flag,
  jobs: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.Integer(),
        number: Type.Integer(),
        error: Type.String(),
        status: Type.String(),
        exit_code: Type.Integer(),
        enqueued_at: Type.Integer(),
        started_at: Type.Integer(),
        finished_at: Type.Integer(),
        environment: Type.Record(Type.String(), Type.String()),
      }),
      { description: 'The stages as jobs of the 0.5 API; only where `stages` are' },
    ),
  ),
};

/** `remote` stays empty here: which address a fork has only the 0.5 API itself tells. */
export function legacyBuildMembers(build: Build, stages?: readonly StageWithSteps[]) {
  return {
    enqueued_at: build.enqueued || build.created,
    created_at: build.created,
    started_at: build.started,
    finished_at: build.finished,
    commit: build.after,
    branch: legacyBranchOf(build),
    refspec: legacyRefspecOf(build),
    remote: '',
    author: build.authorLogin,
    link_url: build.link,
    signed: build.isSigned,
    verified: build.isVerified,
    ...(stages === undefined ? {} : { jobs: stages.map((stage) => toRootJob(stage, build)) }),
  };
}

/** Statuses stay those of version 1. */
function toRootJob(stage: StageWithSteps, build: Build) {
  const { environment, ...job } = toLegacyJob(stage, build);
  return { ...job, status: stage.status, environment: { ...environment } };
}

export const LEGACY_REPO_MEMBERS = {
  owner: Text,
  full_name: Text,
  avatar_url: Text,
  link_url: Text,
  clone_url: Text,
  allow_pr: Flag,
  allow_push: Flag,
  allow_deploys: Flag,
  allow_tags: Flag,
};

export function legacyRepoMembers(repo: Repo) {
  const {
    owner,
    full_name,
    avatar_url,
    link_url,
    clone_url,
    allow_pr,
    allow_push,
    allow_deploys,
    allow_tags,
  } = toLegacyRepo(repo);
  return {
    owner,
    full_name,
    ...(avatar_url === undefined ? {} : { avatar_url }),
    ...(link_url === undefined ? {} : { link_url }),
    ...(clone_url === undefined ? {} : { clone_url }),
    ...{ allow_pr, allow_push, allow_deploys, allow_tags },
  };
}

export const LEGACY_SECRET_MEMBERS = {
  value: Type.Optional(Type.String({ description: 'Always empty' })),
  image: Type.Optional(Type.Array(Type.String())),
  event: Type.Optional(Type.Array(Type.String())),
  skip_verify: Flag,
  conceal: Flag,
};

export function legacySecretMembers(secret: Secret) {
  const { value, image, event, skip_verify, conceal } = toLegacySecret(secret);
  return {
    value,
    ...(image === undefined ? {} : { image: [...image] }),
    ...(event === undefined ? {} : { event: [...event] }),
    skip_verify,
    conceal,
  };
}
