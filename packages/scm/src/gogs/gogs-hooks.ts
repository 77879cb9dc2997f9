import { jsonOf } from '../answers.ts';
import type { Driver, HookCategory, HookOptions } from '../driver.ts';
import { ScmError } from '../errors.ts';
import type { ScmHook, ScmToken } from '../objects.ts';
import { encodeSlug, joinPath } from '../path.ts';
import type { GogsApi } from './gogs-api.ts';
import { elements, toHook } from './gogs-objects.ts';

type Hooks = Pick<Driver, 'listHooks' | 'createHook' | 'updateHook' | 'deleteHook'>;

/** Webhooks of a repository. Gogs checks no address, allows duplicates and cannot change a secret. */
export function createGogsHooks(api: GogsApi): Hooks {
  const hooksOf = (slug: string) => `repos/${encodeSlug(slug)}/hooks`;
  const listHooks = async (token: ScmToken, slug: string): Promise<readonly ScmHook[]> => {
    const response = await asAdmin(() => api.call(token, { path: hooksOf(slug) }, 'The hooks'));
    return elements(jsonOf(response), 'list of hooks').map(toHook);
  };
  const remove = async (token: ScmToken, slug: string, hookId: string) => {
    // An id that is no number is answered with 500.
    if (!/^\d{1,15}$/.test(hookId)) throw new ScmError('validation', 'The id of the hook is no number.');
    const request = { method: 'DELETE', path: `${hooksOf(slug)}/${joinPath(hookId)}` } as const;
    await asAdmin(() => api.call(token, request, 'The hook'));
  };
  const send = async (token: ScmToken, method: 'POST' | 'PATCH', path: string, json: unknown) =>
    toHook(jsonOf(await asAdmin(() => api.call(token, { method, path, json }, 'The hook'))));
  return {
    listHooks,
    async createHook(token, slug, options) {
      const target = checkTarget(options.target);
      const old = (await listHooks(token, slug)).filter((hook) => isSameTarget(hook.target, target));
      // The new one first: with none at all, a push in between would be lost.
      const created = await send(token, 'POST', hooksOf(slug), { type: 'gogs', ...hookBody(options) });
      if (options.besideOthers !== true) for (const hook of old) await remove(token, slug, hook.id);
      return created;
    },
    updateHook: (token, slug, hookId, options) =>
      // `events` must be there: without it Gogs resets them to push only.
      send(token, 'PATCH', `${hooksOf(slug)}/${joinPath(hookId)}`, hookBody(options)),
    async deleteHook(token, slug, hook) {
      if ('id' in hook) return remove(token, slug, hook.id);
      const target = checkTarget(hook.target);
      for (const found of await listHooks(token, slug)) {
        if (isSameTarget(found.target, target)) await remove(token, slug, found.id);
      }
    },
  };
}

const EVENTS: Readonly<Record<HookCategory, readonly string[]>> = {
  push: ['push'],
  branch: ['create', 'delete'],
  // Gogs tells of a tag that a release makes by `release` only.
  tag: ['create', 'delete', 'release'],
  pull_request: ['pull_request'],
  deployment: [],
};

function hookBody({ target, secret, events, isActive = true }: HookOptions) {
  if (secret === '') throw new ScmError('validation', 'A hook without a secret cannot be verified.');
  const names = [...new Set(events.flatMap((category) => EVENTS[category]))];
  if (names.length === 0) throw new ScmError('validation', 'The hook would never be called.');
  const config = { url: checkTarget(target).href, content_type: 'json', secret };
  return { active: isActive, config, events: names };
}

function checkTarget(target: string): URL {
  const url = URL.parse(target);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '') return url;
  throw new ScmError('validation', 'The address for webhooks is not a plain HTTP address.');
}

/** Query and fragment do not count: Drone's hooks may carry a secret there. */
function isSameTarget(found: string, target: URL): boolean {
  const url = URL.parse(found);
  return url !== null && url.origin === target.origin && url.pathname === target.pathname;
}

/** Gogs answers 403 to everybody who is no administrator of the repository, and 404 to strangers. */
async function asAdmin<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ScmError) || (error.code !== 'forbidden' && error.code !== 'not-found'))
      throw error;
    const message =
      error.code === 'forbidden'
        ? 'You need admin rights on the Git host.'
        : 'The repository was not found on the Git host.';
    throw new ScmError(error.code, message, { status: error.status, evidence: error.evidence, cause: error });
  }
}
