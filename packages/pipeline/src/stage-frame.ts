import type { PlanStep } from '@sortie/core/plan';
import type { CompileContext } from './compile-context.ts';
import type { PipelineDocument, VolumeConfig } from './config.ts';
import type { TriggerContext } from './match.ts';
import type { Workspace } from './workspace.ts';

/** What the steps of one stage have in common while they are compiled. */
export interface StageFrame {
  readonly pipeline: PipelineDocument;
  readonly context: CompileContext;
  /** What all steps share, by name; without empty values where steps never see them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workspace: Workspace;
  /** The volumes of the pipeline by name. */
  readonly volumes: ReadonlyMap<string, VolumeConfig>;
  /** What conditions are compared with. */
  readonly trigger: TriggerContext;
  /** Do what Drone's compiler does, its faults included. */
  readonly compatibility: boolean;
}

/** The place of a step in its stage. */
export interface StepPlace {
  /** 1-based. */
  readonly number: number;
  readonly dependsOn: readonly string[];
}

/** A step of which only its place is known. */
export function emptyStep(
  name: string,
  place: StepPlace,
): Omit<PlanStep, 'kind' | 'runPolicy' | 'environment'> {
  return {
    ...place,
    name,
    declaredDependsOn: [],
    failure: 'fail',
    detached: false,
    pull: 'default',
    secrets: [],
    mounts: [],
    devices: [],
    privileged: false,
    dns: [],
    dnsSearch: [],
    extraHosts: [],
  };
}
