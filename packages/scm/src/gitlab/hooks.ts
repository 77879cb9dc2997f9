import type { Driver, HookOptions } from '../driver.ts';
import { list } from '../fields.ts';
import type { ScmToken } from '../objects.ts';
import { joinPath } from '../path.ts';
import { collectPages } from '../rest/client.ts';
import { checkHook, eventNames, installHook, removeHooks } from '../rest/hook-set.ts';
import { type GitlabApi, projectPath } from './api.ts';
import { toHook } from './objects.ts';
import { signingTokenOf } from './webhook.ts';

type Hooks = Pick<Driver, 'listHooks' | 'createHook' | 'updateHook' | 'deleteHook' | 'testHook'>;
const EVENTS = {
  push: ['push_events'],
  branch: ['push_events'],
  tag: ['tag_push_events'],
  pull_request: ['merge_requests_events'],
  deployment: [],
} as const;

/** Webhooks of a project. */
export function createGitlabHooks({ rest }: GitlabApi): Hooks {
  const hooksOf = (slug: string) => `${projectPath(slug)}/hooks`;
  const hookAt = (slug: string, hookId: string) => `${hooksOf(slug)}/${joinPath(hookId)}`;
  const callsFor = (token: ScmToken, slug: string) => ({
    async list() {
      const call = { path: hooksOf(slug), query: { per_page: 100 }, what: 'The hooks' };
      return (await collectPages(rest.pages(token, call), (page) => list(page))).map(toHook);
    },
    async remove(hookId: string) {
      await rest.send(token, { method: 'DELETE', path: hookAt(slug, hookId), what: 'The hook' });
    },
  });
  const put = async (token: ScmToken, method: 'POST' | 'PUT', path: string, options: HookOptions) =>
    toHook(await rest.json(token, { method, path, json: hookBody(checkHook(options)), what: 'The hook' }));
  return {
    listHooks: (token, slug) => callsFor(token, slug).list(),
    createHook: (token, slug, options) =>
      installHook(
        {
          ...callsFor(token, slug),
          create: () => put(token, 'POST', hooksOf(slug), options),
          update: (hookId) => put(token, 'PUT', hookAt(slug, hookId), options),
        },
        options.target,
      ),
    updateHook: (token, slug, hookId, options) => put(token, 'PUT', hookAt(slug, hookId), options),
    deleteHook: (token, slug, hook) => removeHooks(callsFor(token, slug), hook),
    async testHook(token, slug, hookId) {
      const path = `${hookAt(slug, hookId)}/test/push_events`;
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
