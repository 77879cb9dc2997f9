import { APPROVAL_SENTENCES, type ApprovalReason } from './approval.ts';
import { type FailedFilter, failedFilters, labelText, type SeenRunner } from './runner-fit.ts';
import type { Stage } from './stage.ts';
import { isDone, type Status } from './status.ts';

/** Why a stage has not begun. */
export const WAITING_CODES = [
  'approval',
  'dependency',
  'queue-paused',
  'limit',
  'throttle',
  'no-runner',
  'busy',
  'next',
] as const;
export type WaitingCode = (typeof WAITING_CODES)[number];

/** A stage that takes up room: of a limit, of a throttle, or of a runner. */
export interface SlotHolder {
  /** Slug of the repository, or `another repository` for readers who may not know of it. */
  readonly repo: string;
  /** Number of the build; absent with the name of the stage where the repository is not named. */
  readonly build?: number;
  readonly stage?: string;
  /** Empty while no runner has it: an older stage that waits counts for a limit too. */
  readonly runner: string;
}

export interface UnfitRunner {
  readonly name: string;
  readonly failed: readonly FailedFilter[];
}

export interface BusyRunner {
  readonly name: string;
  readonly capacity: number;
  readonly holders: readonly SlotHolder[];
}

/** One reason; `message` is a sentence for people that names the remedy. */
export type WaitingReason = { readonly message: string } & (
  | { readonly code: 'queue-paused' }
  | { readonly code: 'approval'; readonly approval?: ApprovalReason }
  | { readonly code: 'dependency'; readonly stages: readonly string[] }
  | { readonly code: 'limit' | 'throttle'; readonly limit: number; readonly holders: readonly SlotHolder[] }
  | { readonly code: 'no-runner'; readonly unfit: readonly UnfitRunner[] }
  | { readonly code: 'busy'; readonly busy: readonly BusyRunner[] }
  | { readonly code: 'next'; readonly runners: readonly string[] }
);

/** A runner as the registry knows it, with what it holds. */
export interface KnownRunner extends SeenRunner {
  readonly holders: readonly SlotHolder[];
}

/** What the hand-out looks at when it decides about one stage. */
export interface WaitingFacts {
  readonly stage: Pick<
    Stage,
    'repoId' | 'status' | 'kind' | 'type' | 'platform' | 'labels' | 'limit' | 'throttle' | 'dependsOn'
  >;
  /** Name of the runner that has been handed the stage and has not begun it; empty for none. */
  readonly runner: string;
  readonly isQueuePaused: boolean;
  /** Why a blocked stage waits for a person; absent when nobody knows. */
  readonly approval?: ApprovalReason;
  /** The stages of the same build. */
  readonly siblings: readonly { readonly name: string; readonly status: Status }[];
  /** Who takes up the room of the stage's own limit, and of its repository's throttle. */
  readonly limitHolders: readonly SlotHolder[];
  readonly throttleHolders: readonly SlotHolder[];
  readonly runners: readonly KnownRunner[];
  /** Unix seconds. */
  readonly now: number;
}

/** So many runners and holders are named; more help nobody. */
const MAX_NAMED = 20;

/**
 * Why a stage has not begun, by the rules of the hand-out (api-v1.md 4.4). Several things may hold it up at once; all
 * of them are named. Empty for a stage that has begun.
 */
export function explainWaiting(facts: WaitingFacts): readonly WaitingReason[] {
  switch (facts.stage.status) {
    case 'blocked':
      return [waitsForApproval(facts.approval)];
    case 'waiting_on_dependencies':
      return [waitsForStages(facts)];
    case 'pending':
      return facts.runner === '' ? explainPending(facts) : [isNext([facts.runner])];
    default:
      return [];
  }
}

function waitsForApproval(approval: ApprovalReason | undefined): WaitingReason {
  const remedy = 'an administrator of the repository approves or declines it.';
  if (approval === undefined) return { code: 'approval', message: `It waits for an approval: ${remedy}` };
  return { code: 'approval', approval, message: `It ${APPROVAL_SENTENCES[approval]}: ${remedy}` };
}

function waitsForStages({ stage, siblings }: WaitingFacts): WaitingReason {
  const open = siblings.filter(({ name, status }) => stage.dependsOn.includes(name) && !isDone(status));
  const stages = open.map(({ name }) => name);
  const message =
    stages.length === 0
      ? 'The stages before it have ended, so it goes on at once.'
      : `It waits for ${stages.join(', ')}, which must end first.`;
  return { code: 'dependency', stages, message };
}

function explainPending(facts: WaitingFacts): readonly WaitingReason[] {
  const { stage, limitHolders, throttleHolders } = facts;
  const reasons: WaitingReason[] = [];
  if (facts.isQueuePaused) {
    const message = 'The queue is paused, so nothing is handed out until an administrator resumes it.';
    reasons.push({ code: 'queue-paused', message });
  }
  if (stage.limit > 0 && limitHolders.length >= stage.limit) {
    const message = `Its pipeline may run ${times(stage.limit)} at once; it goes on when one of those before it has ended.`;
    reasons.push({ code: 'limit', limit: stage.limit, holders: limitHolders.slice(0, MAX_NAMED), message });
  }
  if (stage.throttle > 0 && throttleHolders.length >= stage.throttle) {
    const message = `The throttle of the repository lets ${count(stage.throttle, 'stage')} run at once; it goes on when one has ended, or an administrator raises the throttle.`;
    const holders = throttleHolders.slice(0, MAX_NAMED);
    reasons.push({ code: 'throttle', limit: stage.throttle, holders, message });
  }
  const runners = explainRunners(facts);
  // Runners that are free are no reason while something else holds the stage up.
  if (runners.code !== 'next' || reasons.length === 0) reasons.push(runners);
  return reasons;
}

function explainRunners(facts: WaitingFacts): WaitingReason {
  const tried = facts.runners.map((runner) => ({
    runner,
    failed: failedFilters(facts.stage, runner, facts.now),
  }));
  const fitting = tried.filter(({ failed }) => failed.length === 0).map(({ runner }) => runner);
  if (fitting.length === 0) {
    const unfit = tried
      .sort((left, right) => left.failed.length - right.failed.length)
      .slice(0, MAX_NAMED)
      .map(({ runner, failed }) => ({ name: runner.name, failed }));
    return { code: 'no-runner', unfit, message: noRunner(facts, unfit) };
  }
  const free = fitting.filter(({ holders, capacity }) => holders.length < Math.max(1, capacity));
  if (free.length > 0) return isNext(free.slice(0, MAX_NAMED).map(({ name }) => name));
  const busy = fitting.slice(0, MAX_NAMED).map(({ name, capacity, holders }) => ({
    name,
    capacity,
    holders: holders.slice(0, MAX_NAMED),
  }));
  const message = `Every runner that fits is busy (${busy.map(({ name }) => name).join(', ')}); it begins when one is free, or sooner with more runners or a higher capacity.`;
  return { code: 'busy', busy, message };
}

function isNext(runners: readonly string[]): WaitingReason {
  return {
    code: 'next',
    runners,
    message: `Nothing holds it up; ${runners.join(' or ')} is about to begin it.`,
  };
}

function noRunner({ stage }: WaitingFacts, unfit: readonly UnfitRunner[]): string {
  const { os, arch } = stage.platform;
  const wanted = `type ${stage.type || 'docker'} for ${os}/${arch}`;
  const labels = labelText(stage.labels);
  const what = labels === '' ? wanted : `${wanted} with the labels ${labels}`;
  const [nearest] = unfit;
  if (nearest === undefined) return `No runner has asked for work yet; start one of ${what}.`;
  const [first] = nearest.failed;
  const because =
    first === undefined ? '' : ` (${nearest.name}: ${first.filter} is ${first.offered || 'not set'})`;
  return `No runner that is there takes ${what}${because}; start one, or change the pipeline to fit.`;
}

function times(number: number): string {
  return number === 1 ? 'once' : `${number} times`;
}

function count(number: number, what: string): string {
  return number === 1 ? `one ${what}` : `${number} ${what}s`;
}
