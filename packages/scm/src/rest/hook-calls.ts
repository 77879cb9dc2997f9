import type { Driver, HookOptions } from '../driver.ts';
import type { ScmHook, ScmToken } from '../objects.ts';
import { joinPath } from '../path.ts';
import type { Rest } from './client.ts';
import { checkHook, installHook, removeHooks, replaceHook } from './hook-set.ts';

export type HookOperations = Pick<Driver, 'listHooks' | 'createHook' | 'updateHook' | 'deleteHook'>;

/** How one service with a REST collection of webhooks differs from the others. */
export interface HookDialect {
  readonly rest: Rest;
  /** Path of the collection. */
  hooksOf(slug: string): string;
  list(token: ScmToken, path: string): Promise<readonly ScmHook[]>;
  readonly updateMethod: 'PUT' | 'PATCH';
  /** A change leaves the secret of a hook as it is, so that another hook has to take its place. */
  readonly keepsSecret?: boolean;
  /** Writes a hook with options that have been checked. */
  write(
    token: ScmToken,
    target: { readonly method: 'POST' | 'PUT' | 'PATCH'; readonly path: string },
    options: HookOptions,
  ): Promise<ScmHook>;
}

/** The path of one hook of the collection. */
export function hookPath(collection: string, hookId: string): string {
  return `${collection}/${joinPath(hookId)}`;
}

/** The operations on webhooks, with the rules that all services share (`hook-set.ts`). */
export function createHookCalls(dialect: HookDialect): HookOperations {
  const { rest, hooksOf, updateMethod } = dialect;
  const callsFor = (token: ScmToken, slug: string) => ({
    list: () => dialect.list(token, hooksOf(slug)),
    async remove(hookId: string) {
      await rest.send(token, { method: 'DELETE', path: hookPath(hooksOf(slug), hookId), what: 'The hook' });
    },
  });
  const create = (token: ScmToken, slug: string, options: HookOptions) =>
    dialect.write(token, { method: 'POST', path: hooksOf(slug) }, checkHook(options));
  const update = (token: ScmToken, slug: string, hookId: string, options: HookOptions) =>
    dialect.write(token, { method: updateMethod, path: hookPath(hooksOf(slug), hookId) }, checkHook(options));
  return {
    listHooks: (token, slug) => callsFor(token, slug).list(),
    createHook(token, slug, options) {
      const calls = { ...callsFor(token, slug), create: async () => create(token, slug, options) };
      if (dialect.keepsSecret === true) return replaceHook(calls, options);
      const changing = async (hookId: string) => update(token, slug, hookId, options);
      return installHook({ ...calls, update: changing }, options.target);
    },
    updateHook: async (token, slug, hookId, options) => update(token, slug, hookId, options),
    deleteHook: (token, slug, hook) => removeHooks(callsFor(token, slug), hook),
  };
}
