import type { HookCategory, HookOptions } from '../driver.ts';
import { isScmError, ScmError } from '../errors.ts';
import type { ScmHook } from '../objects.ts';

/** The calls that registration needs, with token and repository bound. */
export interface HookCalls {
  list(): Promise<readonly ScmHook[]>;
  create(): Promise<ScmHook>;
  update(id: string): Promise<ScmHook>;
  remove(id: string): Promise<void>;
}

/** Leaves one hook with the target: updates the first that is there, removes its doubles, else creates it. */
export async function installHook(calls: HookCalls, target: string): Promise<ScmHook> {
  const [first, ...doubles] = (await calls.list()).filter((hook) => isSameTarget(hook.target, target));
  if (first === undefined) return createOrUpdate(calls, target);
  const updated = await calls.update(first.id);
  for (const double of doubles) await removeQuietly(calls, double.id);
  return updated;
}

/**
 * For services that leave the secret of a hook as it is: the new one is made first, for with none at all a push in between
 * would be lost, and then those that were there go.
 */
export async function replaceHook(
  calls: Omit<HookCalls, 'update'>,
  { target, besideOthers = false }: Pick<HookOptions, 'target' | 'besideOthers'>,
): Promise<ScmHook> {
  const old = (await calls.list()).filter((hook) => isSameTarget(hook.target, target));
  const made = await calls.create();
  if (!besideOthers) for (const { id } of old) await removeQuietly(calls, id);
  return made;
}

/** A hook that appeared in the meantime makes services refuse the second one; it is ours then. */
async function createOrUpdate(calls: HookCalls, target: string): Promise<ScmHook> {
  try {
    return await calls.create();
  } catch (error) {
    if (!isScmError(error, 'validation', 'conflict')) throw error;
    const existing = (await calls.list()).find((hook) => isSameTarget(hook.target, target));
    if (existing === undefined) throw error;
    return calls.update(existing.id);
  }
}

/** Removes the hook with the id, or all with the target. That there is none is fine. */
export async function removeHooks(
  calls: Pick<HookCalls, 'list' | 'remove'>,
  hook: { readonly target: string } | { readonly id: string },
): Promise<void> {
  if ('id' in hook) return removeQuietly(calls, hook.id);
  for (const found of await calls.list()) {
    if (isSameTarget(found.target, hook.target)) await removeQuietly(calls, found.id);
  }
}

async function removeQuietly(calls: Pick<HookCalls, 'remove'>, id: string): Promise<void> {
  try {
    await calls.remove(id);
  } catch (error) {
    if (!isScmError(error, 'not-found')) throw error;
  }
}

/** Whether scheme, host and path are the same; older servers had a secret in the query. */
export function isSameTarget(left: string, right: string): boolean {
  const [one, other] = [URL.parse(left), URL.parse(right)];
  if (one === null || other === null) return false;
  return one.origin === other.origin && one.pathname === other.pathname;
}

/** Refuses hooks that could not be verified or would carry something in their address. */
export function checkHook(options: HookOptions): HookOptions {
  const url = URL.parse(options.target);
  if (options.secret === '') throw new ScmError('validation', 'A hook without a secret cannot be verified.');
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '')
    throw new ScmError('validation', 'The address for webhooks is not a plain HTTP address.');
  return options;
}

/** The names that the service has for the categories; `validation` when nothing would ever be sent. */
export function eventNames(
  options: HookOptions,
  names: Readonly<Record<HookCategory, readonly string[]>>,
): readonly string[] {
  const wanted = [...new Set(options.events.flatMap((category) => names[category]))];
  if (wanted.length === 0) throw new ScmError('validation', 'The hook would never be called.');
  return wanted;
}
