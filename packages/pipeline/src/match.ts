import type { Build, BuildEvent } from '@sortie/core/build';
import { matchGlob } from '@sortie/core/glob';
import type { RunPolicy } from '@sortie/core/plan';
import type { Repo } from '@sortie/core/repo';
import type { Condition, Conditions } from './config.ts';

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
}

/** The context of an existing build. `instance` is the server's host name. */
export function triggerContextOf(
  build: Pick<Build, 'target' | 'event' | 'action' | 'ref' | 'deployTo' | 'cron'>,
  repo: Pick<Repo, 'slug'>,
  instance: string,
): TriggerContext {
  const { target: branch, event, action, ref, deployTo: target, cron } = build;
  return { branch, event, action, ref, repo: repo.slug, target, cron, instance };
}

const COMPARED = ['branch', 'event', 'action', 'ref', 'repo', 'target', 'cron', 'instance'] as const;

/** The first condition that keeps the build away, as a sentence; `undefined` when all hold. Status is not asked. */
export function findMismatch(conditions: Conditions, context: TriggerContext): string | undefined {
  for (const key of COMPARED) {
    const condition = conditions[key];
    if (condition === undefined || matchCondition(condition, context[key])) continue;
    const value = context[key] === '' ? `there is no ${key}` : `${key} is ${JSON.stringify(context[key])}`;
    return `${value}, wanted: ${describe(condition)}`;
  }
  return undefined;
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

/** When a step runs, from its `when.status` (pipeline.md 3.4). */
export function runPolicyOf({ status }: Conditions): RunPolicy {
  if (status === undefined || !matchCondition(status, 'failure')) return 'on-success';
  return matchCondition(status, 'success') ? 'always' : 'on-failure';
}

/** After which results of other pipelines a pipeline runs, from its `trigger.status`. */
export function stageFlagsOf({ status }: Conditions): { onSuccess: boolean; onFailure: boolean } {
  if (status === undefined) return { onSuccess: true, onFailure: false };
  return { onSuccess: matchCondition(status, 'success'), onFailure: matchCondition(status, 'failure') };
}
