import { Type } from 'typebox';
import { StepParams } from './logs.ts';
import { RepoParams } from './repos.ts';
import { defineRoute } from './route.ts';

export const purgeBuildHistory = defineRoute({
  id: 'purgeBuildHistory',
  method: 'DELETE',
  path: '/api/repos/:owner/:name/builds',
  access: 'repo:admin',
  scope: 'repos:admin',
  summary:
    'Removes all builds below a number with stages, steps, logs and cards; unfinished ones are cancelled first, and numbers are not given again',
  params: RepoParams,
  query: Type.Object({
    before: Type.String({
      pattern: '^-?\\d{1,15}$',
      description: 'Builds with a smaller number than this go',
    }),
  }),
  isAudited: true,
});

export const purgeBuildLogs = defineRoute({
  id: 'purgeBuildLogs',
  method: 'DELETE',
  path: '/api/repos/:owner/:name/builds/:build/logs/:stage/:step',
  access: 'repo:admin',
  scope: 'repos:admin',
  summary: 'Removes the log of a step, which is `not-found` from then on',
  params: StepParams,
  errors: ['illegal-move', 'step-not-begun'],
  isAudited: true,
});
