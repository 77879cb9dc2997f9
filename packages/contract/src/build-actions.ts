import { Type } from 'typebox';
import { BuildParams } from './build-routes.ts';
import { WireBuild } from './builds.ts';
import { RepoParams } from './repos.ts';
import { defineRoute } from './route.ts';

/** What starts a build answers with it, without stages, or with `null` when there was nothing to build. */
export const TriggerReply = Type.Union([WireBuild, Type.Null()], {
  description: '`null` when nothing was built; `X-Skip-Reason` then holds the error code',
});

/** Why a request that starts a build can make none. */
export const TRIGGER_ERRORS = [
  'repo-inactive',
  'owner-missing',
  'commit-missing',
  'config-missing',
  'conditions-not-met',
  'event-ignored',
  'skip-directive',
  'git-missing',
] as const;

/** Path parameters of what is below a stage; `stage` is its number. */
const StageParams = Type.Object({ ...BuildParams.properties, stage: Type.Integer() });

export const createBuild = defineRoute({
  id: 'createBuild',
  method: 'POST',
  path: '/api/repos/:owner/:name/builds',
  access: 'repo:write',
  scope: 'builds:write',
  summary: 'Builds a branch or a commit; every other parameter of query or form goes to the build',
  params: RepoParams,
  query: Type.Object({
    branch: Type.Optional(Type.String({ description: 'A branch or a full ref; else the default branch' })),
    commit: Type.Optional(Type.String({ description: 'A commit; else the newest of the branch' })),
    message: Type.Optional(Type.String({ description: 'Goes before the message of the commit' })),
    action: Type.Optional(Type.String()),
  }),
  reply: TriggerReply,
  errors: TRIGGER_ERRORS,
});

export const restartBuild = defineRoute({
  id: 'restartBuild',
  allowsQueryToken: true,
  method: 'POST',
  path: '/api/repos/:owner/:name/builds/:build',
  access: 'repo:write',
  scope: 'builds:write',
  summary: 'Builds the same commit again, as a new build; its old parameters go before new ones',
  params: BuildParams,
  query: Type.Object({
    debug: Type.Optional(Type.String({ description: '`true` starts it in debug mode' })),
  }),
  reply: TriggerReply,
  errors: [...TRIGGER_ERRORS, 'build-not-restartable'],
});

const DeployQuery = Type.Object({
  target: Type.Optional(Type.String({ description: 'Where to; needed, here or in a form' })),
});

export const promoteBuild = defineRoute({
  id: 'promoteBuild',
  method: 'POST',
  path: '/api/repos/:owner/:name/builds/:build/promote',
  access: 'repo:write',
  scope: 'builds:write',
  summary: 'Deploys the commit of a build; new parameters go before its old ones',
  params: BuildParams,
  query: DeployQuery,
  reply: TriggerReply,
  errors: [...TRIGGER_ERRORS, 'build-not-restartable'],
});

export const rollbackBuild = defineRoute({
  id: 'rollbackBuild',
  method: 'POST',
  path: '/api/repos/:owner/:name/builds/:build/rollback',
  access: 'repo:write',
  scope: 'builds:write',
  summary: 'Deploys the commit of an earlier build again',
  params: BuildParams,
  query: DeployQuery,
  reply: TriggerReply,
  errors: [...TRIGGER_ERRORS, 'build-not-restartable'],
});

export const approveBuild = defineRoute({
  id: 'approveBuild',
  method: 'POST',
  path: '/api/repos/:owner/:name/builds/:build/approve/:stage',
  access: 'repo:admin',
  scope: 'builds:write',
  summary: 'Lets a blocked stage run',
  params: StageParams,
  errors: ['stage-not-blocked'],
  isAudited: true,
});

export const approveAllStages = defineRoute({
  id: 'approveAllStages',
  method: 'POST',
  path: '/api/repos/:owner/:name/builds/:build/approve',
  access: 'repo:admin',
  scope: 'builds:write',
  summary: 'Lets all blocked stages of a build run',
  params: BuildParams,
  errors: ['stage-not-blocked'],
  isAudited: true,
});

export const declineBuild = defineRoute({
  id: 'declineBuild',
  method: 'POST',
  path: '/api/repos/:owner/:name/builds/:build/decline/:stage',
  access: 'repo:admin',
  scope: 'builds:write',
  summary: 'Declines a blocked stage, which ends the build',
  params: StageParams,
  errors: ['stage-not-blocked'],
  isAudited: true,
});

export const declineAllStages = defineRoute({
  id: 'declineAllStages',
  method: 'POST',
  path: '/api/repos/:owner/:name/builds/:build/decline',
  access: 'repo:admin',
  scope: 'builds:write',
  summary: 'Declines a build whose stages are all blocked',
  params: BuildParams,
  errors: ['stage-not-blocked'],
  isAudited: true,
});
