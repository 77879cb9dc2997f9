import type { Driver, HookOptions } from '../driver.ts';
import { list } from '../fields.ts';
import { collectPages } from '../rest/client.ts';
import { createHookCalls, type HookOperations, hookPath } from '../rest/hook-calls.ts';
import { eventNames } from '../rest/hook-set.ts';
import { type GitlabApi, projectPath } from './api.ts';
import { toHook } from './objects.ts';
import { signingTokenOf } from './webhook.ts';

const EVENTS = {
  push: ['push_events'],
  branch: ['push_events'],
  tag: ['tag_push_events'],
  pull_request: ['merge_requests_events'],
  deployment: [],
} as const;

/** Webhooks of a project. */
export function createGitlabHooks({ rest }: GitlabApi): HookOperations & Pick<Driver, 'testHook'> {
  const hooksOf = (slug: string) => `${projectPath(slug)}/hooks`;
  return {
    ...createHookCalls({
      rest,
      hooksOf,
      async list(token, path) {
        const call = { path, query: { per_page: 100 }, what: 'The hooks' };
        return (await collectPages(rest.pages(token, call), (page) => list(page))).map(toHook);
      },
      updateMethod: 'PUT',
      write: async (token, target, options) =>
        toHook(await rest.json(token, { ...target, json: hookBody(options), what: 'The hook' })),
    }),
    async testHook(token, slug, hookId) {
      const path = `${hookPath(hooksOf(slug), hookId)}/test/push_events`;
      await rest.send(token, { method: 'POST', path, what: 'The test delivery' });
    },
  };
}

/** In the body and never in the address, which proxies log. Old servers ignore the signing token. */
function hookBody(options: HookOptions) {
  const wanted = eventNames(options, EVENTS);
  const isSigningKey = options.secret.startsWith('whsec_');
  return {
    url: options.target,
    push_events: wanted.includes('push_events'),
    tag_push_events: wanted.includes('tag_push_events'),
    merge_requests_events: wanted.includes('merge_requests_events'),
    enable_ssl_verification: !options.skipVerify,
    ...(!isSigningKey && { token: options.secret }),
    signing_token: signingTokenOf(options.secret),
  };
}
