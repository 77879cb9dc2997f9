import { APPROVAL_SENTENCES, type ApprovalReason } from '@sortie/core/approval';
import type { Build } from '@sortie/core/build';
import type { Delivery } from '@sortie/core/delivery';
import { AppError, type ErrorCode } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { RefChange, RefMove } from '@sortie/githost/changes';
import type { PushOptions } from '@sortie/githost/push-options';
import { ZERO_ID } from '@sortie/githost/refs';
import { removeIndexEntry } from '../store/branch-index.ts';
import { inTransaction, type Tx } from '../store/db.ts';
import { finishDelivery, insertDelivery } from '../store/deliveries.ts';
import { removeGitRef, upsertGitRef } from '../store/git-refs.ts';
import { type TriggerDeps, triggerBuild } from './trigger.ts';
import type { TriggerOutcome, TriggerRequest } from './trigger-request.ts';

export interface PushDeps extends TriggerDeps {
  /** A short random key that no other delivery has. */
  readonly newKey: () => string;
  /** Address that people open, without a trailing slash. */
  readonly publicUrl: string;
  /** Stage types that some runner has asked for lately; used to warn about builds that would only wait. */
  readonly servedTypes: () => Promise<ReadonlySet<string>>;
}

/** A push that the Git host has carried out: these refs have moved. */
export interface Push {
  readonly repo: Repo;
  readonly sender: string;
  readonly changes: readonly RefChange[];
  /** Every branch and tag that moved, also those that are not built. */
  readonly moved: readonly RefMove[];
  readonly options: PushOptions;
}

/**
 * Turns the moved refs of one push into builds. Each becomes a stored delivery first, in one transaction with the
 * refs last seen, so that a crash at any later point loses nothing: `resumeDelivery` takes it up again. Returns
 * one line for each ref, for the person who pushed.
 */
export async function receivePush(deps: PushDeps, push: Push): Promise<readonly string[]> {
  const deliveries = await storePush(deps, push);
  const lines: string[] = [];
  for (const [index, delivery] of deliveries.entries()) {
    const change = push.changes[index];
    if (change === undefined) continue;
    lines.push(...(await deliver(deps, push.repo, delivery, push.options)));
  }
  return lines;
}

/** Takes up a delivery that was stored but not finished when the server stopped. */
export async function resumeDelivery(deps: PushDeps, repo: Repo, delivery: Delivery): Promise<void> {
  await deliver(deps, repo, delivery, parsePayload(delivery));
}

function storePush(deps: PushDeps, push: Push): Promise<readonly Delivery[]> {
  const created = deps.now();
  return inTransaction(deps.db, async (tx) => {
    const deliveries: Delivery[] = [];
    for (const change of push.changes) {
      const key = deps.newKey();
      const payload = JSON.stringify({ isSkip: push.options.isSkip, params: push.options.params });
      deliveries.push(
        await insertDelivery(tx, {
          repoId: push.repo.id,
          event: change.kind,
          key,
          ref: change.ref,
          before: change.before,
          after: change.after,
          sender: push.sender,
          payload,
          created,
        }),
      );
    }
    for (const move of push.moved) await noteRef(tx, push.repo.id, move);
    return deliveries;
  });
}

async function noteRef(tx: Tx, repoId: number, { ref, after }: RefMove): Promise<void> {
  if (after === ZERO_ID) await removeGitRef(tx, repoId, ref);
  else await upsertGitRef(tx, { repoId, ref, sha: after });
}

async function deliver(
  deps: PushDeps,
  repo: Repo,
  delivery: Delivery,
  options: PushOptions,
): Promise<readonly string[]> {
  const short = shortName(delivery.ref);
  try {
    const outcome = await decide(deps, repo, delivery, options);
    const hasBuild = outcome.kind === 'built' || outcome.kind === 'error-build';
    if (!hasBuild)
      await finishDelivery(deps.db, delivery.id, { ...noBuildVerdict(outcome), finished: deps.now() });
    return await describe(deps, repo, short, outcome);
  } catch (error) {
    deps.reportFailure('a push was stored but its build could not be made', error);
    const reason = error instanceof AppError ? error.code : 'internal';
    const cause = error instanceof AppError ? [error.message, error.hint ?? ''].join(' ').trim() : '';
    await finishDelivery(deps.db, delivery.id, {
      verdict: 'failed',
      reason,
      message: error instanceof AppError ? error.message : 'The server failed; its log says why.',
      buildId: 0,
      finished: deps.now(),
    });
    return [
      `${short}: the push is stored, but no build could be made (${reason}). ${cause || 'Push another commit to try again.'}`,
    ];
  }
}

type PushOutcome = TriggerOutcome | { readonly kind: 'ignored'; readonly message: string };

async function decide(
  deps: PushDeps,
  repo: Repo,
  delivery: Delivery,
  options: PushOptions,
): Promise<PushOutcome> {
  if (delivery.event === 'branch-deleted') {
    await removeIndexEntry(deps.db, { repoId: repo.id, kind: 'branch', key: shortName(delivery.ref) });
    return { kind: 'ignored', message: 'branch deleted' };
  }
  if (delivery.event === 'tag-deleted') return { kind: 'ignored', message: 'tag deleted' };
  if (options.isSkip)
    return { kind: 'skipped', code: 'skip-option', message: 'the push option ci.skip asks for none' };
  return triggerBuild(deps, toRequest(deps, repo, delivery, options));
}

function toRequest(deps: PushDeps, repo: Repo, delivery: Delivery, options: PushOptions): TriggerRequest {
  const isTag = delivery.event === 'tag';
  const branch = isTag ? '' : shortName(delivery.ref);
  return {
    repo,
    origin: '@hook',
    event: isTag ? 'tag' : 'push',
    action: isTag ? 'create' : '',
    ref: delivery.ref,
    before: delivery.before,
    after: delivery.after,
    source: branch,
    target: branch,
    sender: delivery.sender,
    title: '',
    message: '',
    link: `${deps.publicUrl}/${repo.slug}`,
    params: options.params,
    cron: '',
    deployTo: '',
    within: finishWith(deps, delivery),
  };
}

function noBuildVerdict(outcome: Extract<PushOutcome, { kind: 'skipped' | 'ignored' }>) {
  if (outcome.kind === 'ignored')
    return { verdict: 'ignored', reason: '', message: outcome.message, buildId: 0 } as const;
  return { verdict: 'skipped', reason: outcome.code, message: outcome.message, buildId: 0 } as const;
}

/** Written in the transaction that creates the build: a build and its delivery's verdict exist together. */
function finishWith(deps: PushDeps, delivery: Delivery) {
  return (tx: Tx, build: Build, cause: ErrorCode = 'config-invalid'): Promise<void> => {
    const hasFailed = build.status === 'error';
    return finishDelivery(tx, delivery.id, {
      verdict: hasFailed ? 'error-build' : 'built',
      reason: hasFailed ? cause : '',
      message: build.error,
      buildId: build.id,
      finished: deps.now(),
    });
  };
}

async function describe(
  deps: PushDeps,
  repo: Repo,
  short: string,
  outcome: PushOutcome,
): Promise<readonly string[]> {
  switch (outcome.kind) {
    case 'ignored':
      return [];
    case 'skipped':
      return [`${short}: no build: ${outcome.message}`];
    case 'error-build': {
      const { number, error } = outcome.build;
      return [
        `build #${number} ended in error: ${deps.publicUrl}/${repo.slug}/${number}`,
        ...error.split('\n'),
      ];
    }
    case 'built': {
      const { number } = outcome.build;
      const lines = [`build #${number} started: ${deps.publicUrl}/${repo.slug}/${number}`];
      if (outcome.approval !== undefined) return [...lines, approvalNote(outcome.approval)];
      const served = await deps.servedTypes();
      for (const type of outcome.stageTypes.filter((type) => !served.has(type))) lines.push(waitNote(type));
      return lines;
    }
  }
}

function approvalNote(approval: ApprovalReason): string {
  return `note: the build ${APPROVAL_SENTENCES[approval]}. An administrator of the repository approves or declines it.`;
}

function waitNote(type: string): string {
  const remedy: Record<string, string> = {
    docker: 'Start Docker on the machine of the server, or connect a runner that has it.',
    exec: 'Set SORTIE_RUNNER_ENGINES=docker,exec to run such pipelines on the machine of the server itself.',
  };
  return `note: no runner takes ${type} pipelines now, so the build waits. ${remedy[type] ?? 'Connect one that does.'}`;
}

function parsePayload(delivery: Delivery): PushOptions {
  const value: unknown = JSON.parse(delivery.payload === '' ? '{}' : delivery.payload);
  const { isSkip, params } = (value ?? {}) as { isSkip?: unknown; params?: unknown };
  const entries = typeof params === 'object' && params !== null ? Object.entries(params) : [];
  return {
    isSkip: isSkip === true,
    warnings: [],
    params: Object.fromEntries(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
  };
}

/** `main` of `refs/heads/main`. */
function shortName(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}
