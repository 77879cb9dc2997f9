import type { Build, BuildEvent } from '@sortie/core/build';
import { matchGlob } from '@sortie/core/glob';
import type { RunPolicy } from '@sortie/core/plan';
import type { Repo } from '@sortie/core/repo';
import type { Condition, Conditions, PathCondition } from './config.ts';

/** What conditions are compared with (pipeline.md 3.1). */
export interface TriggerContext {
  /** Target branch of the build. */
  readonly branch: string;
  readonly event: BuildEvent;
  readonly action: string;
  /** Full ref. */
  readonly ref: string;
  /** `namespace/name`. */
  readonly repo: string;
  /** Deploy environment, empty unless promoted or rolled back. */
  readonly target: string;
  /** Name of the cron job, empty unless it started the build. */
  readonly cron: string;
  /** Host name of the server. */
  readonly instance: string;
  /** The commit message, for `paths`; absent counts as empty. */
  readonly message?: string;
  /** The files that a push or pull request changes; absent when nobody knows, which counts as all. */
  readonly changedFiles?: readonly string[];
}

/** The context of an existing build. `instance` is the server's host name. */
export function triggerContextOf(
  build: Pick<Build, 'target' | 'event' | 'action' | 'ref' | 'deployTo' | 'cron' | 'message'>,
  repo: Pick<Repo, 'slug'>,
  instance: string,
): TriggerContext {
  const { target: branch, event, action, ref, deployTo: target, cron, message } = build;
  return { branch, event, action, ref, repo: repo.slug, target, cron, instance, message };
}

const COMPARED = ['branch', 'event', 'action', 'ref', 'repo', 'target', 'cron', 'instance'] as const;

/**
 * The first condition that keeps the build away, as a sentence; `undefined` when all hold, or all of one alternative.
 * Status is not asked.
 */
export function findMismatch(conditions: Conditions, context: TriggerContext): string | undefined {
  const { anyOf } = conditions;
  if (anyOf !== undefined) {
    const mismatches = anyOf.map((alternative) => findMismatch(alternative, context));
    return mismatches.includes(undefined) ? undefined : mismatches.join('; or ');
  }
  for (const key of COMPARED) {
    const condition = conditions[key];
    if (condition === undefined || matchCondition(condition, context[key])) continue;
    const value = context[key] === '' ? `there is no ${key}` : `${key} is ${JSON.stringify(context[key])}`;
    return `${value}, wanted: ${describe(condition)}`;
  }
  const { paths } = conditions;
  if (paths === undefined || matchPaths(paths, context)) return undefined;
  return `no changed file matches paths, wanted: ${describe(paths)}`;
}

/**
 * Whether the changed files fit (pipeline.md 12): one is included, and not all of them are excluded. Only pushes and
 * pull requests have changed files; unknown ones count as changed.
 */
export function matchPaths(condition: PathCondition, context: TriggerContext): boolean {
  const { changedFiles, event, message = '' } = context;
  if (changedFiles === undefined || (event !== 'push' && event !== 'pull_request')) return true;
  const { include, exclude, ignoreMessage, onEmpty } = condition;
  if (ignoreMessage !== '' && message.toLowerCase().includes(ignoreMessage.toLowerCase())) return true;
  if (changedFiles.length === 0) return onEmpty;
  const fits = (patterns: readonly string[]) => (file: string) =>
    patterns.some((pattern) => matchGlob(pattern, file));
  if (exclude.length > 0 && changedFiles.every(fits(exclude))) return false;
  return include.length === 0 || changedFiles.some(fits(include));
}

/** Exclude wins over include, an empty include takes everything (pipeline.md 3.2). */
export function matchCondition(condition: Condition, value: string): boolean {
  const matches = (pattern: string) => matchGlob(pattern, value);
  if (condition.exclude.some(matches)) return false;
  return condition.include.length === 0 || condition.include.some(matches);
}

function describe({ include, exclude }: Condition): string {
  const wanted = include.length > 0 ? include.join(', ') : 'anything';
  return exclude.length > 0 ? `${wanted} except ${exclude.join(', ')}` : wanted;
}

/** When a step runs, from its `when.status` (pipeline.md 3.4); of several alternatives that hold, all count. */
export function runPolicyOf(conditions: Conditions, context: TriggerContext): RunPolicy {
  const policies = alternativesOf(conditions, context).map(({ status }) => policyOf(status));
  const [first = 'on-success', ...rest] = policies;
  return rest.every((policy) => policy === first) ? first : 'always';
}

function policyOf(status: Condition | undefined): RunPolicy {
  if (status === undefined || !matchCondition(status, 'failure')) return 'on-success';
  return matchCondition(status, 'success') ? 'always' : 'on-failure';
}

/** After which results of other pipelines a pipeline runs, from its `trigger.status`. */
export function stageFlagsOf(
  conditions: Conditions,
  context: TriggerContext,
): { readonly onSuccess: boolean; readonly onFailure: boolean } {
  const statuses = alternativesOf(conditions, context).map(({ status }) => status);
  return {
    onSuccess: statuses.some((status) => status === undefined || matchCondition(status, 'success')),
    onFailure: statuses.some((status) => status !== undefined && matchCondition(status, 'failure')),
  };
}

function alternativesOf(conditions: Conditions, context: TriggerContext): readonly Conditions[] {
  const { anyOf } = conditions;
  if (anyOf === undefined) return [conditions];
  return anyOf.filter((alternative) => findMismatch(alternative, context) === undefined);
}
