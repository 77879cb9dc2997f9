import { StepParams } from './logs.ts';
import { RepoParams } from './repos.ts';
import { defineRoute } from './route.ts';

/**
 * Server-sent events (api-v1.md section 5). A message of the build streams is a `Repo` with its `build`, whole
 * with stages and steps; a message of the log stream is a `Line`. Every message has an `id:`, and a reader that
 * comes back with `Last-Event-ID` goes on after it. The event `error` with the data `eof` is the last one.
 */
const STREAM = { method: 'GET', produces: ['text/event-stream'], allowsQueryToken: true } as const;

export const streamBuilds = defineRoute({
  ...STREAM,
  id: 'streamBuilds',
  path: '/api/stream',
  access: 'open',
  scope: 'builds:read',
  summary: 'Changes of all builds that the caller may see',
});

export const streamRepo = defineRoute({
  ...STREAM,
  id: 'streamRepo',
  path: '/api/stream/:owner/:name',
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'Changes of the builds of one repository',
  params: RepoParams,
});

export const streamLog = defineRoute({
  ...STREAM,
  id: 'streamLog',
  path: '/api/stream/:owner/:name/:build/:stage/:step',
  access: 'repo:read',
  scope: 'logs:read',
  summary: 'The lines of a running step as they are written',
  params: StepParams,
});
