import type { Driver } from '../driver.ts';
import { list } from '../fields.ts';
import { encodeSlug } from '../path.ts';
import { collectPages } from '../rest/client.ts';
import { createHookCalls, type HookOperations, hookPath } from '../rest/hook-calls.ts';
import type { Hub } from './hub.ts';
import { toHook } from './objects.ts';

/** Webhooks of a repository. */
export function createHubHooks(hub: Hub): HookOperations & Pick<Driver, 'testHook'> {
  const { rest } = hub;
  const hooksOf = (slug: string) => `repos/${encodeSlug(slug)}/hooks`;
  return {
    ...createHookCalls({
      rest,
      hooksOf,
      async list(token, path) {
        const call = { path, query: hub.pageSize, what: 'The hooks' };
        return (await collectPages(rest.pages(token, call), (page) => list(page))).map(toHook);
      },
      updateMethod: 'PATCH',
      keepsSecret: hub.keepsHookSecret,
      write: async (token, target, options) =>
        toHook(await rest.json(token, { ...target, json: hub.hookBody(options), what: 'The hook' })),
    }),
    async testHook(token, slug, hookId) {
      const path = `${hookPath(hooksOf(slug), hookId)}/${hub.testPath}`;
      await rest.send(token, { method: 'POST', path, what: 'The test delivery' });
    },
  };
}
