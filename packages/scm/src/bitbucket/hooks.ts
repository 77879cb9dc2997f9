import type { Driver, HookOptions } from '../driver.ts';
import type { ScmToken } from '../objects.ts';
import { encodeSlug, joinPath } from '../path.ts';
import { checkHook, eventNames, installHook, removeHooks } from '../rest/hook-set.ts';
import { type BitbucketApi, listAll } from './api.ts';
import { toHook } from './objects.ts';

type Hooks = Pick<Driver, 'listHooks' | 'createHook' | 'updateHook' | 'deleteHook'>;
const EVENTS = {
  push: ['repo:push'],
  branch: ['repo:push'],
  tag: ['repo:push'],
  pull_request: [
    'pullrequest:created',
    'pullrequest:updated',
    'pullrequest:fulfilled',
    'pullrequest:rejected',
    'pullrequest:approved',
    'pullrequest:unapproved',
  ],
  deployment: [],
} as const;

/** Webhooks of a repository. An update replaces the whole hook, the secret too. */
export function createBitbucketHooks(api: BitbucketApi): Hooks {
  const { rest } = api;
  const hooksOf = (slug: string) => `repositories/${encodeSlug(slug)}/hooks`;
  // The braces of the uuid are encoded.
  const hookAt = (slug: string, hookId: string) => `${hooksOf(slug)}/${joinPath(hookId)}`;
  const callsFor = (token: ScmToken, slug: string) => ({
    list: async () => (await listAll(api, token, { path: hooksOf(slug), what: 'The hooks' })).map(toHook),
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
  };
}

function hookBody(options: HookOptions) {
  return {
    description: 'Continuous integration',
    url: options.target,
    active: true,
    skip_cert_verification: options.skipVerify,
    events: eventNames(options, EVENTS),
    secret: options.secret,
  };
}
