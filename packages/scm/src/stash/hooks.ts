import type { HookOptions } from '../driver.ts';
import { isScmError } from '../errors.ts';
import { createHookCalls, type HookDialect, type HookOperations } from '../rest/hook-calls.ts';
import { eventNames } from '../rest/hook-set.ts';
import { listAll, repoPath, type StashApi } from './api.ts';
import { toHook } from './objects.ts';

/** Servers before 7.0 do not know it and refuse the whole hook. */
const NEW_EVENT = 'pr:from_ref_updated';
const EVENTS = {
  push: ['repo:refs_changed'],
  branch: ['repo:refs_changed'],
  tag: ['repo:refs_changed'],
  pull_request: ['pr:opened', 'pr:modified', NEW_EVENT, 'pr:merged', 'pr:declined', 'pr:deleted'],
  deployment: [],
} as const;

/** Webhooks of a repository. An update replaces the whole hook, the secret too. */
export function createStashHooks(api: StashApi): HookOperations {
  return createHookCalls({
    rest: api.rest,
    hooksOf: (slug) => `${repoPath(slug)}/webhooks`,
    list: async (token, path) => (await listAll(api, token, { path, what: 'The hooks' })).map(toHook),
    updateMethod: 'PUT',
    write: writeHook(api),
  });
}

function writeHook({ rest }: StashApi): HookDialect['write'] {
  return async (token, target, options) => {
    const wanted = eventNames(options, EVENTS);
    const send = async (events: readonly string[]) =>
      toHook(await rest.json(token, { ...target, json: hookBody(options, events), what: 'The hook' }));
    try {
      return await send(wanted);
    } catch (error) {
      if (!isScmError(error, 'validation') || !wanted.includes(NEW_EVENT)) throw error;
      return send(wanted.filter((event) => event !== NEW_EVENT));
    }
  };
}

function hookBody(options: HookOptions, events: readonly string[]) {
  return {
    name: 'Continuous integration',
    url: options.target,
    active: true,
    events,
    configuration: { secret: options.secret },
    sslVerificationRequired: !options.skipVerify,
  };
}
