import type { Finding } from '@sortie/core/finding';
import type { RunPolicy } from '@sortie/core/plan';
import type { Condition, Conditions, PipelineDocument, StepConfig } from './config.ts';
import { createFindingLog } from './finding-log.ts';
import { findMismatch, matchCondition, matchPaths, runPolicyOf, type TriggerContext } from './match.ts';
import { PreparedConfig } from './prepared-config.ts';
import { type ReadOptions, readConfig } from './read.ts';
import { identityOf } from './read-pipeline.ts';
import { selectStages } from './stages.ts';

/** One condition with the value it was compared with. */
export interface ExplainedCheck {
  /** `branch`, `event`, `paths`, … */
  readonly key: string;
  /** What the build has; for `paths` the changed files, or empty when they are not known. */
  readonly value: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly holds: boolean;
}

/** Whether something runs and why. */
export interface ExplainedDecision {
  readonly runs: boolean;
  /** One clause without a full stop: the condition that decided, or that all hold. */
  readonly reason: string;
  /** The checks of each alternative of a condition list; one alternative for a plain map, none without conditions. */
  readonly alternatives: readonly (readonly ExplainedCheck[])[];
}

export interface ExplainedStep extends ExplainedDecision {
  readonly name: string;
  readonly kind: 'service' | 'step';
  /** When it runs, seen from the steps before it. */
  readonly policy: RunPolicy;
  readonly line: number;
}

export interface ExplainedStage extends ExplainedDecision {
  readonly name: string;
  readonly type: string;
  /** Stages that it waits for in this build. */
  readonly dependsOn: readonly string[];
  /** Whether it runs after these have succeeded, and after one has failed. */
  readonly onSuccess: boolean;
  readonly onFailure: boolean;
  readonly line: number;
  readonly steps: readonly ExplainedStep[];
}

export interface Explanation {
  /** In file order; empty when the findings hold an error. */
  readonly stages: readonly ExplainedStage[];
  readonly findings: readonly Finding[];
}

/** The build that a file is explained for. */
export interface ExplainContext {
  readonly trigger: TriggerContext;
  /** Values of `${…}` expressions in the conditions of steps; without them these stay as they are written. */
  readonly variables?: ReadonlyMap<string, string>;
}

/**
 * Which stages and steps of a file would run in a build, and which condition decided. Holds names, patterns and
 * values of the build only, so no secret can be in it.
 */
export function explainConfig(text: string, options: ReadOptions, context: ExplainContext): Explanation {
  const prepared = new PreparedConfig(text);
  const { pipelines, findings } = readConfig(prepared, options);
  if (findings.some(({ severity }) => severity === 'error')) return { stages: [], findings };
  const { stages, decisions } = selectStages(pipelines, context.trigger);
  const drafts = new Map(stages.map((stage) => [stage.name, stage]));
  const substituted = readSubstituted(prepared, options, context);
  const explained = pipelines.map((pipeline, at): ExplainedStage => {
    const draft = drafts.get(pipeline.name);
    const { runs = false, reason = '' } = decisions[at] ?? {};
    const { services, steps } = substituted.get(pipeline.name) ?? pipeline;
    return {
      name: pipeline.name,
      type: pipeline.type,
      runs,
      reason,
      alternatives: explainConditions(pipeline.trigger, context.trigger),
      dependsOn: draft?.dependsOn ?? [],
      onSuccess: draft?.onSuccess ?? false,
      onFailure: draft?.onFailure ?? false,
      line: pipeline.line,
      steps: [...services, ...steps].map((step) => explainStep(step, context.trigger)),
    };
  });
  return { stages: explained, findings };
}

/** The pipelines as a runner reads them, by the name that the server knows. */
function readSubstituted(
  prepared: PreparedConfig,
  { file, compatibility = false }: ReadOptions,
  { variables }: ExplainContext,
): ReadonlyMap<string, PipelineDocument> {
  const pipelines = new Map<string, PipelineDocument>();
  if (variables === undefined) return pipelines;
  const log = createFindingLog(file);
  const mode = { compatibility, isServer: false };
  const lookup = (name: string) => variables.get(name) ?? '';
  for (const document of prepared.documents(log)) {
    const root = prepared.substituted(document, lookup, mode, log);
    const identity = identityOf(document.root);
    if (identity.kind !== 'pipeline') continue;
    const pipeline = prepared.pipeline(document, root, { mode, identity }, log);
    if (pipeline !== undefined) pipelines.set(pipeline.name, pipeline);
  }
  return pipelines;
}

function explainStep(step: StepConfig, trigger: TriggerContext): ExplainedStep {
  const mismatch = findMismatch(step.when, trigger);
  return {
    name: step.name,
    kind: step.isService ? 'service' : 'step',
    runs: mismatch === undefined,
    reason: mismatch ?? 'all conditions hold',
    policy: runPolicyOf(step.when, trigger),
    alternatives: explainConditions(step.when, trigger),
    line: step.line,
  };
}

function explainConditions(
  conditions: Conditions,
  trigger: TriggerContext,
): ExplainedDecision['alternatives'] {
  const alternatives = conditions.anyOf ?? [conditions];
  return alternatives.map((each) => explainChecks(each, trigger)).filter((checks) => checks.length > 0);
}

const KEYS = ['branch', 'event', 'action', 'ref', 'repo', 'target', 'cron', 'instance'] as const;

function explainChecks(conditions: Conditions, trigger: TriggerContext): readonly ExplainedCheck[] {
  const checks: ExplainedCheck[] = [];
  for (const key of KEYS) {
    const condition = conditions[key];
    if (condition === undefined) continue;
    const value = trigger[key];
    checks.push({ key, value, ...patternsOf(condition), holds: matchCondition(condition, value) });
  }
  const { paths } = conditions;
  if (paths !== undefined) {
    const value = (trigger.changedFiles ?? []).join(', ');
    checks.push({ key: 'paths', value, ...patternsOf(paths), holds: matchPaths(paths, trigger) });
  }
  return checks;
}

function patternsOf({ include, exclude }: Condition): Pick<ExplainedCheck, 'include' | 'exclude'> {
  return { include, exclude };
}
