import type { CronJob } from '@sortie/core/cron-job';
import { type Static, Type } from 'typebox';
import { TRIGGER_ERRORS, TriggerReply } from './build-actions.ts';
import { RepoParams } from './repos.ts';
import { defineRoute } from './route.ts';

/** A cron job on the wire (api-v1.md 2.9). */
export const WireCron = Type.Object(
  {
    id: Type.Integer(),
    repo_id: Type.Integer(),
    name: Type.String(),
    expr: Type.String(),
    next: Type.Integer({ description: 'When it is due; 0 when its time does not come any more' }),
    prev: Type.Integer({ description: 'When it was due the last time' }),
    event: Type.Literal('push', { description: 'As in Drone; its builds have the event `cron`' }),
    branch: Type.String(),
    target: Type.Optional(Type.String()),
    disabled: Type.Boolean(),
    created: Type.Integer(),
    updated: Type.Integer(),
    version: Type.Integer(),
  },
  { title: 'Cron' },
);
export type WireCron = Static<typeof WireCron>;

/** Path parameters of one cron job. */
const CronParams = Type.Object({ ...RepoParams.properties, cron: Type.String() });

export const listCronJobs = defineRoute({
  id: 'listCronJobs',
  method: 'GET',
  path: '/api/repos/:owner/:name/cron',
  access: 'repo:write',
  onlyLooks: true,
  scope: 'builds:read',
  summary: 'The cron jobs of a repository, by name',
  params: RepoParams,
  reply: Type.Array(WireCron),
});

export const createCronJob = defineRoute({
  id: 'createCronJob',
  method: 'POST',
  path: '/api/repos/:owner/:name/cron',
  access: 'repo:write',
  scope: 'repos:admin',
  summary: 'Adds a cron job; `X-Cron-Hint` says when its expression is easily misread',
  params: RepoParams,
  body: Type.Object({
    name: Type.Optional(Type.String({ description: 'Is stored in lower case with `-` for blanks' })),
    expr: Type.Optional(
      Type.String({ description: 'Second, minute, hour, day of month, month, day of week; or `@daily`' }),
    ),
    branch: Type.Optional(Type.String()),
  }),
  reply: WireCron,
  errors: ['cron-invalid', 'already-exists'],
  isAudited: true,
});

export const getCronJob = defineRoute({
  id: 'getCronJob',
  method: 'GET',
  path: '/api/repos/:owner/:name/cron/:cron',
  access: 'repo:write',
  onlyLooks: true,
  scope: 'builds:read',
  summary: 'One cron job',
  params: CronParams,
  reply: WireCron,
});

export const triggerCronJob = defineRoute({
  id: 'triggerCronJob',
  method: 'POST',
  path: '/api/repos/:owner/:name/cron/:cron',
  access: 'repo:write',
  scope: 'builds:write',
  summary: 'Runs a cron job now, also a disabled one; its next time stays',
  params: CronParams,
  reply: TriggerReply,
  errors: TRIGGER_ERRORS,
});

export const updateCronJob = defineRoute({
  id: 'updateCronJob',
  method: 'PATCH',
  path: '/api/repos/:owner/:name/cron/:cron',
  access: 'repo:write',
  scope: 'repos:admin',
  summary: 'Changes a cron job; a new expression or enabling it plans its next time anew',
  params: CronParams,
  body: Type.Object({
    branch: Type.Optional(Type.String()),
    target: Type.Optional(Type.String({ description: 'Kept for clients of Drone; nothing reads it' })),
    disabled: Type.Optional(Type.Boolean()),
    expr: Type.Optional(Type.String()),
  }),
  reply: WireCron,
  errors: ['cron-invalid'],
  isAudited: true,
});

export const deleteCronJob = defineRoute({
  id: 'deleteCronJob',
  method: 'DELETE',
  path: '/api/repos/:owner/:name/cron/:cron',
  access: 'repo:write',
  scope: 'repos:admin',
  summary: 'Removes a cron job',
  params: CronParams,
  isAudited: true,
});

export function toWireCron(job: CronJob): WireCron {
  return {
    id: job.id,
    repo_id: job.repoId,
    name: job.name,
    expr: job.expr,
    next: job.next,
    prev: job.prev,
    event: 'push',
    branch: job.branch,
    target: job.target || undefined,
    disabled: job.isDisabled,
    created: job.created,
    updated: job.updated,
    version: job.version,
  };
}
