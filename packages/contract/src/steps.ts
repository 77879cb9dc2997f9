import { STATUSES } from '@sortie/core/status';
import { STEP_REASONS, type Step } from '@sortie/core/step';
import { type Static, Type } from 'typebox';

/** A step on the wire (api-v1.md 2.6). `step_id` is the id of the stage: Drone's historic name. */
export const WireStep = Type.Object(
  {
    id: Type.Integer(),
    step_id: Type.Integer({ description: 'Id of the stage' }),
    number: Type.Integer(),
    name: Type.String(),
    status: Type.Enum([...STATUSES]),
    error: Type.Optional(Type.String()),
    errignore: Type.Optional(Type.Boolean()),
    exit_code: Type.Integer(),
    reason: Type.Optional(
      Type.Enum([...STEP_REASONS], { description: 'Why it did not succeed, as far as its runner tells' }),
    ),
    started: Type.Optional(Type.Integer()),
    stopped: Type.Optional(Type.Integer()),
    version: Type.Integer(),
    depends_on: Type.Optional(Type.Array(Type.String())),
    image: Type.Optional(Type.String()),
    detached: Type.Optional(Type.Boolean()),
    schema: Type.Optional(
      Type.String({ description: 'Address of the card schema; present when a card exists' }),
    ),
  },
  { title: 'Step' },
);
export type WireStep = Static<typeof WireStep>;

/** Members that are zero, empty or false are left out where Drone leaves them out. */
export function toWireStep(step: Step): WireStep {
  return {
    id: step.id,
    step_id: step.stageId,
    number: step.number,
    name: step.name,
    status: step.status,
    error: step.error || undefined,
    errignore: step.errIgnore || undefined,
    exit_code: step.exitCode,
    reason: step.reason || undefined,
    started: step.started || undefined,
    stopped: step.stopped || undefined,
    version: step.version,
    depends_on: step.dependsOn.length === 0 ? undefined : [...step.dependsOn],
    image: step.image || undefined,
    detached: step.isDetached || undefined,
    schema: step.schema || undefined,
  };
}
