import type { Driver, HookOptions } from '../driver.ts';
import { isScmError } from '../errors.ts';
import type { ScmHook, ScmToken } from '../objects.ts';
import { joinPath } from '../path.ts';
import { checkHook, eventNames, installHook, removeHooks } from '../rest/hook-set.ts';
import { listAll, repoPath, type StashApi } from './api.ts';
import { toHook } from './objects.ts';

type Hooks = Pick<Driver, 'listHooks' | 'createHook' | 'updateHook' | 'deleteHook'>;
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
export function createStashHooks(api: StashApi): Hooks {
  const hooksOf = (slug: string) => `${repoPath(slug)}/webhooks`;
  const hookAt = (slug: string, hookId: string) => `${hooksOf(slug)}/${joinPath(hookId)}`;
  const callsFor = (token: ScmToken, slug: string) => ({
    list: async () => (await listAll(api, token, { path: hooksOf(slug), what: 'The hooks' })).map(toHook),
    async remove(hookId: string) {
      await api.rest.send(token, { method: 'DELETE', path: hookAt(slug, hookId), what: 'The hook' });
    },
  });
  const put = (token: ScmToken, method: 'POST' | 'PUT', path: string, options: HookOptions) =>
    putHook(api, token, { method, path, options: checkHook(options) });
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

interface Put {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly options: HookOptions;
}

async function putHook(api: StashApi, token: ScmToken, { method, path, options }: Put): Promise<ScmHook> {
  const wanted = eventNames(options, EVENTS);
  const send = async (events: readonly string[]) =>
    toHook(await api.rest.json(token, { method, path, json: hookBody(options, events), what: 'The hook' }));
  try {
    return await send(wanted);
  } catch (error) {
    if (!isScmError(error, 'validation') || !wanted.includes(NEW_EVENT)) throw error;
    return send(wanted.filter((event) => event !== NEW_EVENT));
  }
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
