import type { Platform } from '@sortie/core/plan';
import type { PipelineDocument } from './config.ts';
import type { TriggerContext } from './match.ts';
import { findMismatch, stageFlagsOf } from './match.ts';

export type { TriggerContext } from './match.ts';

/** More names than this in one list are no longer a file that somebody wrote by hand. */
const MAX_INHERITED = 500;

/** A stage before it has a build. */
export interface StageDraft {
  /** 1-based among the stages of the build. */
  readonly number: number;
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
  /** Stages of this name that may run at once; 0 = unlimited. */
  readonly limit: number;
  /** Stages of one group count together for the limit; empty when not set. */
  readonly group: string;
  readonly onSuccess: boolean;
  readonly onFailure: boolean;
  /** Names of stages of the same build. */
  readonly dependsOn: readonly string[];
}

/** Whether a pipeline runs, and the condition that decided. */
export interface TriggerDecision {
  readonly name: string;
  readonly runs: boolean;
  /** One clause without a full stop; `all conditions hold` when it runs. */
  readonly reason: string;
}

/**
 * Which pipelines run, in file order. The dependents of one that does not run inherit its dependencies
 * (pipeline.md 8.1). The pipelines must come from a file without errors.
 */
export function selectStages(
  pipelines: readonly PipelineDocument[],
  trigger: TriggerContext,
): { readonly stages: readonly StageDraft[]; readonly decisions: readonly TriggerDecision[] } {
  const decisions = pipelines.map((pipeline) => decide(pipeline, trigger));
  const resolved = new Map<string, readonly string[]>();
  const stages: StageDraft[] = [];
  for (const [at, pipeline] of pipelines.entries()) {
    const dependsOn = bound(pipeline.dependsOn.flatMap(({ text }) => resolved.get(text) ?? []));
    const runs = decisions[at]?.runs === true;
    resolved.set(pipeline.name, runs ? [pipeline.name] : dependsOn);
    if (runs) stages.push(toStage(pipeline, trigger, { number: stages.length + 1, dependsOn }));
  }
  return { stages, decisions };
}

/**
 * Drone keeps a name that is inherited on several ways as often, and so do we, since the list is on the wire.
 * Layers of skipped pipelines double it each time, so a hostile file is cut down to single names.
 */
function bound(names: readonly string[]): readonly string[] {
  return names.length > MAX_INHERITED ? [...new Set(names)] : names;
}

function decide(pipeline: PipelineDocument, trigger: TriggerContext): TriggerDecision {
  const mismatch = findMismatch(pipeline.trigger, trigger);
  return { name: pipeline.name, runs: mismatch === undefined, reason: mismatch ?? 'all conditions hold' };
}

function toStage(
  pipeline: PipelineDocument,
  context: TriggerContext,
  place: Pick<StageDraft, 'number' | 'dependsOn'>,
): StageDraft {
  const { name, kind, type, platform, labels, limit, group, trigger } = pipeline;
  return { ...place, name, kind, type, platform, labels, limit, group, ...stageFlagsOf(trigger, context) };
}
