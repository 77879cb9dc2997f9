import type { HookOptions } from '../driver.ts';
import { encodeSlug } from '../path.ts';
import { createHookCalls, type HookOperations } from '../rest/hook-calls.ts';
import { eventNames } from '../rest/hook-set.ts';
import { type BitbucketApi, listAll } from './api.ts';
import { toHook } from './objects.ts';

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
export function createBitbucketHooks(api: BitbucketApi): HookOperations {
  const { rest } = api;
  return createHookCalls({
    rest,
    hooksOf: (slug) => `repositories/${encodeSlug(slug)}/hooks`,
    list: async (token, path) => (await listAll(api, token, { path, what: 'The hooks' })).map(toHook),
    updateMethod: 'PUT',
    write: async (token, target, options) =>
      toHook(await rest.json(token, { ...target, json: hookBody(options), what: 'The hook' })),
  });
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
