import type { Driver, HookOptions } from '../driver.ts';
import { list } from '../fields.ts';
import type { ScmToken } from '../objects.ts';
import { encodeSlug, joinPath } from '../path.ts';
import { collectPages } from '../rest/client.ts';
import { checkHook, installHook, removeHooks } from '../rest/hook-set.ts';
import type { Hub } from './hub.ts';
import { toHook } from './objects.ts';

type Hooks = Pick<Driver, 'listHooks' | 'createHook' | 'updateHook' | 'deleteHook' | 'testHook'>;

/** Webhooks of a repository. */
export function createHubHooks(hub: Hub): Hooks {
  const { rest } = hub;
  const hooksOf = (slug: string) => `repos/${encodeSlug(slug)}/hooks`;
  const hookAt = (slug: string, hookId: string) => `${hooksOf(slug)}/${joinPath(hookId)}`;
  const callsFor = (token: ScmToken, slug: string) => ({
    async list() {
      const call = { path: hooksOf(slug), query: hub.pageSize, what: 'The hooks' };
      return (await collectPages(rest.pages(token, call), (page) => list(page))).map(toHook);
    },
    async remove(hookId: string) {
      await rest.send(token, { method: 'DELETE', path: hookAt(slug, hookId), what: 'The hook' });
    },
  });
  const put = async (token: ScmToken, method: 'POST' | 'PATCH', path: string, options: HookOptions) =>
    toHook(
      await rest.json(token, { method, path, json: hub.hookBody(checkHook(options)), what: 'The hook' }),
    );
  return {
    listHooks: (token, slug) => callsFor(token, slug).list(),
    createHook: (token, slug, options) =>
      installHook(
        {
          ...callsFor(token, slug),
          create: () => put(token, 'POST', hooksOf(slug), options),
          update: (hookId) => put(token, 'PATCH', hookAt(slug, hookId), options),
        },
        options.target,
      ),
    updateHook: (token, slug, hookId, options) => put(token, 'PATCH', hookAt(slug, hookId), options),
    deleteHook: (token, slug, hook) => removeHooks(callsFor(token, slug), hook),
    async testHook(token, slug, hookId) {
      const path = `${hookAt(slug, hookId)}/${hub.testPath}`;
      await rest.send(token, { method: 'POST', path, what: 'The test delivery' });
    },
  };
}
