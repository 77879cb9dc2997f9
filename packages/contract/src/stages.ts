import type { Stage } from '@sortie/core/stage';
import { STATUSES } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import type { WaitingReason } from '@sortie/core/waiting';
import { type Static, Type } from 'typebox';
import { toWireStep, WireStep } from './steps.ts';
import { toWireWaitingReason, WireWaitingReason } from './waiting.ts';

/** A stage on the wire (api-v1.md 2.5); `steps` only where a whole build is answered. */
export const WireStage = Type.Object(
  {
    id: Type.Integer(),
    repo_id: Type.Integer(),
    build_id: Type.Integer(),
    number: Type.Integer(),
    name: Type.String(),
    kind: Type.Optional(Type.String()),
    type: Type.Optional(Type.String()),
    status: Type.Enum([...STATUSES]),
    error: Type.Optional(Type.String()),
    errignore: Type.Boolean(),
    exit_code: Type.Integer(),
    machine: Type.Optional(Type.String({ description: 'Name of the runner that took it' })),
    os: Type.String(),
    arch: Type.String(),
    variant: Type.Optional(Type.String()),
    kernel: Type.Optional(Type.String()),
    limit: Type.Optional(Type.Integer()),
    throttle: Type.Optional(Type.Integer()),
    started: Type.Integer(),
    stopped: Type.Integer(),
    created: Type.Integer(),
    updated: Type.Integer(),
    version: Type.Integer(),
    on_success: Type.Boolean(),
    on_failure: Type.Boolean(),
    depends_on: Type.Optional(Type.Array(Type.String())),
    labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    steps: Type.Optional(Type.Array(WireStep)),
    waiting_for: Type.Optional(
      Type.Array(WireWaitingReason, { description: 'Why it has not begun; absent once it has' }),
    ),
  },
  { title: 'Stage' },
);
export type WireStage = Static<typeof WireStage>;

/** A stage with the steps of its latest attempt. */
export interface StageWithSteps extends Stage {
  readonly steps: readonly Step[];
  /** Given where the answer explains what a stage waits for. */
  readonly waitingFor?: readonly WaitingReason[];
}

export function toWireStage(stage: StageWithSteps): WireStage {
  return {
    id: stage.id,
    repo_id: stage.repoId,
    build_id: stage.buildId,
    number: stage.number,
    name: stage.name,
    kind: stage.kind || undefined,
    type: stage.type || undefined,
    status: stage.status,
    error: stage.error || undefined,
    errignore: stage.errIgnore,
    exit_code: stage.exitCode,
    machine: stage.machine || undefined,
    os: stage.platform.os,
    arch: stage.platform.arch,
    variant: stage.platform.variant || undefined,
    kernel: stage.platform.version || undefined,
    limit: stage.limit || undefined,
    throttle: stage.throttle || undefined,
    started: stage.started,
    stopped: stage.stopped,
    created: stage.created,
    updated: stage.updated,
    version: stage.version,
    on_success: stage.onSuccess,
    on_failure: stage.onFailure,
    depends_on: stage.dependsOn.length === 0 ? undefined : [...stage.dependsOn],
    labels: Object.keys(stage.labels).length === 0 ? undefined : { ...stage.labels },
    steps: stage.steps.length === 0 ? undefined : stage.steps.map(toWireStep),
    waiting_for: stage.waitingFor?.length ? stage.waitingFor.map(toWireWaitingReason) : undefined,
  };
}
