import type { Build } from '@sortie/core/build';
import type { Delivery } from '@sortie/core/delivery';
import { AppError, type ErrorCode, explainError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { hasSkipDirective } from '@sortie/pipeline/skip';
import type { HookBuild, HookCompletion, HookEvent } from '@sortie/scm/hook-event';
import { removeIndexEntry } from '../store/branch-index.ts';
import { listBuiltCommits } from '../store/built-commits.ts';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import { type DeliveryOutcome, settleDelivery } from '../store/deliveries.ts';
import { noteDeliveredRef } from '../store/git-refs.ts';
import { type Abandoned, cancelAll, findAbandonedBuilds } from './cancel-abandoned.ts';
import { createBuild } from './create-build.ts';
import type { TokenBroker } from './git-service.ts';
import { toTriggerRequest, withPlace } from './hook-request.ts';
import { isMadeUp } from './made-up.ts';
import { findRepoIdentity, useRepoToken } from './repo-identity.ts';
import { ownerOf } from './repo-owner.ts';
import { triggerBuild } from './trigger.ts';
import { type TriggerParts, triggerDepsOf } from './trigger-deps.ts';
import { type TriggerRequest, toEventDraft, whyIgnored } from './trigger-request.ts';

export interface ProcessHookDeps extends TriggerParts {
  readonly db: Db;
  readonly broker: TokenBroker;
}

/** A delivery with what it asks for. */
export interface HookWorkItem {
  readonly repo: Repo;
  readonly delivery: Delivery;
  readonly event: HookEvent;
  /** Told of the verdict as it is written, once more when the transaction is repeated. */
  readonly onVerdict: (outcome: DeliveryOutcome) => void;
}

type Verdict = Pick<DeliveryOutcome, 'verdict' | 'reason' | 'message'>;

/** Somebody else has finished the delivery meanwhile: what was about to be written must not be. */
export class DeliveryTaken extends Error {}

const HISTORY = 50;
/** What no Git service and no pipeline file is to blame for. */
const OUR_OWN: ReadonlySet<ErrorCode> = new Set(['database-unavailable', 'disk-full', 'internal']);

/**
 * Does what a stored webhook asks for and writes the verdict, a build and its verdict in one transaction. What goes wrong
 * with the Git service or the repository makes a build in error that says so; throws `DeliveryTaken`, and whatever
 * the store throws.
 */
export async function processHook(deps: ProcessHookDeps, item: HookWorkItem): Promise<void> {
  const { repo, event } = item;
  switch (event.kind) {
    case 'branchDeleted':
      return close(deps, item, { kind: 'branch', key: event.branch });
    case 'pullClosed':
      return close(deps, item, { kind: 'pull', key: String(event.pull) });
    case 'ignored':
      return settle(deps, item, ignored(event.reason));
    case 'build': {
      const verdict = await build(deps, item, withPlace(repo, event));
      return verdict === undefined ? undefined : settle(deps, item, verdict);
    }
  }
}

/** It leaves the lists of latest builds, and its builds end where the repository wants it. */
async function close(deps: ProcessHookDeps, item: HookWorkItem, ended: Abandoned): Promise<void> {
  const { repo } = item;
  const abandoned = await findAbandonedBuilds(deps, repo, ended);
  const reason = ended.kind === 'branch' ? 'branch deleted' : 'pull request closed';
  await settle(deps, item, ignored(reason), (tx) => removeIndexEntry(tx, { repoId: repo.id, ...ended }));
  if (abandoned.length > 0) await cancelAll(deps, abandoned);
}

/** The verdict when nothing was built; a build has written its own. */
async function build(
  deps: ProcessHookDeps,
  item: HookWorkItem,
  event: HookBuild,
): Promise<Verdict | undefined> {
  const { repo } = item;
  if (!repo.isActive) return ignored('repository inactive');
  const early = toTriggerRequest(repo, event, withVerdict(deps, item));
  const left = whyIgnored(early);
  if (left !== undefined) return skipped('event-ignored', left);
  if (hasSkipDirective(event.event, event.message, event.title)) {
    return skipped('skip-directive', 'the commit message asks for none');
  }
  const owner = await ownerOf(deps.db, repo);
  if ('kind' in owner) {
    return errorBuild(deps, early, new AppError('owner-missing', 'repository has no owner – re-enable it'));
  }
  try {
    const completed = await complete(deps, item, event);
    if (completed.kind === 'ignored') return ignored(completed.reason);
    if (completed.kind === 'error') {
      const request = toTriggerRequest(repo, completed.event, withVerdict(deps, item));
      return await errorBuild(deps, request, new AppError('commit-missing', completed.message));
    }
    const isPlain = completed.event === 'push' || completed.event === 'tag';
    if (isPlain && (await isMadeUp(deps.db, item.delivery, completed)))
      return ignored('reconciliation has built it already');
    const request = toTriggerRequest(repo, completed, withVerdict(deps, { ...item, event: completed }));
    return await trigger(deps, request);
  } catch (error) {
    if (!(error instanceof AppError) || OUR_OWN.has(error.code)) throw error;
    return errorBuild(deps, early, error);
  }
}

/** Finds out what the webhook left open. A person who has it processed again wants a build whatever was built before. */
function complete(deps: ProcessHookDeps, item: HookWorkItem, event: HookBuild): Promise<HookCompletion> {
  const { db, broker } = deps;
  const { repo, delivery } = item;
  const isAgain = delivery.redeliveryOf !== 0;
  const history = {
    builtCommits: async (ref: string) => (isAgain ? [] : listBuiltCommits(db, repo.id, ref, HISTORY)),
  };
  return useRepoToken({ broker, accountOf: (owned) => findRepoIdentity(db, owned) }, repo, (token, service) =>
    service.driver.completeHook(token, event, history),
  );
}

async function trigger(deps: ProcessHookDeps, request: TriggerRequest): Promise<Verdict | undefined> {
  const outcome = await triggerBuild(triggerDepsOf(deps, request.repo), request);
  return outcome.kind === 'skipped' ? skipped(outcome.code, outcome.message) : undefined;
}

/** So that people see it where they look, and not in a log (scm.md 4.4). */
async function errorBuild(
  deps: ProcessHookDeps,
  request: TriggerRequest,
  error: AppError,
): Promise<undefined> {
  const { repo, after, message } = request;
  const commit = { sha: after, message, authorLogin: '', authorName: '', authorEmail: '' };
  const draft = {
    ...toEventDraft({ ...request, params: {} }, commit),
    ...{ config: '', findings: [], isSigned: false, isVerified: false },
  };
  const { db, events, now, queue } = deps;
  await createBuild(
    { db, events, now, wake: () => queue.wake() },
    {
      ...{ repo, draft, stages: { error: explainError(error) } },
      within: (tx, created) => request.within?.(tx, created, error.code) ?? Promise.resolve(),
    },
  );
  return undefined;
}

function withVerdict(deps: ProcessHookDeps, item: HookWorkItem) {
  return async (tx: Tx, { id, status, error }: Build, cause: ErrorCode = 'config-invalid'): Promise<void> => {
    const hasFailed = status === 'error';
    await write(tx, item, {
      verdict: hasFailed ? 'error-build' : 'built',
      reason: hasFailed ? cause : '',
      message: error,
      buildId: id,
      finished: deps.now(),
    });
  };
}

function settle(
  deps: ProcessHookDeps,
  item: HookWorkItem,
  verdict: Verdict,
  beside?: (tx: Tx) => Promise<unknown>,
): Promise<void> {
  return inTransaction(deps.db, async (tx) => {
    await beside?.(tx);
    await write(tx, item, { ...verdict, buildId: 0, finished: deps.now() });
  });
}

async function write(tx: Tx, item: HookWorkItem, outcome: DeliveryOutcome): Promise<void> {
  const { delivery, onVerdict } = item;
  onVerdict(outcome);
  if (delivery.redeliveryOf === 0) await noteRef(tx, item);
  if (!(await settleDelivery(tx, delivery.id, outcome))) throw new DeliveryTaken('it is finished');
}

/** Where the ref is now, so that the next comparison of refs does not miss it. */
async function noteRef(tx: Tx, { delivery: { repoId }, event }: HookWorkItem): Promise<void> {
  if (event.kind === 'branchDeleted') {
    await noteDeliveredRef(tx, repoId, { ref: `refs/heads/${event.branch}`, after: '' });
  }
  // A commit that has still to be found out says nothing yet.
  if (event.kind !== 'build' || !/^[0-9a-f]{40}$/.test(event.after)) return;
  if (event.event === 'push' || event.event === 'tag') await noteDeliveredRef(tx, repoId, event);
}

function ignored(message: string): Verdict {
  return { verdict: 'ignored', reason: '', message };
}

function skipped(reason: ErrorCode, message: string): Verdict {
  return { verdict: 'skipped', reason, message };
}
