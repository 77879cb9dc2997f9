import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '@sortie/core/errors';
import { slugAtService } from '@sortie/core/repo';
import { type DeliveryOutcome, findDelivery, settleDelivery } from '../store/deliveries.ts';
import { findRepoById } from '../store/repos.ts';
import { eventOf } from './hook-events.ts';
import { DeliveryTaken, type HookWorkItem, type ProcessHookDeps, processHook } from './process-hook.ts';
import { findRepoIdentity, useRepoToken } from './repo-identity.ts';
import { DELIVERY_BUDGET_MS, type HeldDelivery } from './work-off-deliveries.ts';

export interface WorkOnHookDeps extends ProcessHookDeps {
  readonly report: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  /** Milliseconds; five minutes unless given. */
  readonly budgetMs?: number;
}

/** A push of a commit this old may not be the last one of its branch any more. */
const OLD_SECONDS = 120;

/**
 * Works on a stored webhook that this server holds, within its budget, and reports what became of it. What fails in a
 * way that nobody foresaw is settled as failed, so that the service or a person can send it again. Throws what the
 * store throws; the delivery stays unfinished then.
 */
export async function workOnHook(deps: WorkOnHookDeps, held: HeldDelivery): Promise<void> {
  const delivery = await findDelivery(deps.db, held.repoId, held.id);
  const repo = delivery && (await findRepoById(deps.db, held.repoId));
  if (delivery === undefined || repo === undefined || delivery.verdict !== 'received') return;
  let outcome: DeliveryOutcome | undefined;
  const event = eventOf(delivery);
  const about = { repo: repo.slug, delivery: delivery.id, event: delivery.event };
  try {
    if (event === undefined) throw new TypeError('the stored webhook cannot be read');
    const onVerdict = (written: DeliveryOutcome): void => {
      outcome = written;
    };
    const item = { repo, delivery, event, onVerdict };
    const [, isStale] = await Promise.all([inBudget(deps, processHook(deps, item)), isStalePush(deps, item)]);
    const { verdict, reason = '', message = '', buildId } = outcome ?? {};
    const stale = isStale ? { stale: true } : {};
    deps.report({ ...about, verdict, reason, message, buildId, ...stale }, 'a webhook was worked off');
  } catch (error) {
    if (error instanceof DeliveryTaken) return;
    await giveUp(deps, held, error);
    deps.reportFailure(`delivery ${delivery.id} of ${repo.slug} failed`, error);
  }
}

async function inBudget(deps: WorkOnHookDeps, work: Promise<void>): Promise<void> {
  const limit = new AbortController();
  const over = pause(deps.budgetMs ?? DELIVERY_BUDGET_MS, 'over', { signal: limit.signal, ref: false });
  const ended = work.then(() => 'done');
  // Whichever loses has nobody left who listens; what is late finds the delivery settled and writes nothing.
  ended.catch(() => undefined);
  over.catch(() => undefined);
  try {
    if ((await Promise.race([ended, over])) === 'over') {
      throw new AppError('service-unavailable', 'The work on the webhook took longer than five minutes.');
    }
  } finally {
    limit.abort();
  }
}

async function giveUp(deps: WorkOnHookDeps, held: HeldDelivery, error: unknown): Promise<void> {
  const isKnown = error instanceof AppError;
  if (isKnown && (error.code === 'database-unavailable' || error.code === 'disk-full')) throw error;
  await settleDelivery(deps.db, held.id, {
    verdict: 'failed',
    reason: isKnown ? error.code : 'internal',
    message: isKnown ? error.message : 'The server failed; its log says why.',
    buildId: 0,
    finished: deps.now(),
  });
}

/** Whether the branch has moved on since: old webhooks come all at once when a service may reach us again. */
async function isStalePush(deps: WorkOnHookDeps, { repo, event }: HookWorkItem): Promise<boolean> {
  if (event.kind !== 'build' || event.event !== 'push' || !event.ref.startsWith('refs/heads/')) return false;
  if (event.timestamp === 0 || deps.now() - event.timestamp < OLD_SECONDS) return false;
  const { db, broker } = deps;
  const branch = event.ref.slice('refs/heads/'.length);
  try {
    const tip = await useRepoToken(
      { broker, accountOf: (owned) => findRepoIdentity(db, owned) },
      repo,
      (token, service) => service.driver.findBranch(token, slugAtService(repo), branch),
    );
    return tip.sha !== event.after;
  } catch (error) {
    // A remark for the log; the build says what is wrong with the service.
    if (error instanceof AppError) return false;
    throw error;
  }
}
