import { APPROVAL_REASONS } from '@sortie/core/approval';
import { RUNNER_FILTERS } from '@sortie/core/runner-fit';
import { type SlotHolder, WAITING_CODES, type WaitingReason } from '@sortie/core/waiting';
import { type Static, Type } from 'typebox';

const WireSlotHolder = Type.Object(
  {
    repo: Type.String({ description: '`another repository` where the reader may not know its name' }),
    build: Type.Optional(Type.Integer({ description: 'Number of the build' })),
    stage: Type.Optional(Type.String()),
    runner: Type.String({ description: 'Empty while no runner has the stage' }),
  },
  { title: 'SlotHolder' },
);
type WireSlotHolder = Static<typeof WireSlotHolder>;

/** One reason why a stage has not begun; the members beside code and message depend on the code. */
export const WireWaitingReason = Type.Object(
  {
    code: Type.Enum([...WAITING_CODES]),
    message: Type.String({ description: 'A sentence that names the remedy' }),
    approval: Type.Optional(Type.Enum([...APPROVAL_REASONS], { description: 'Why it waits for a person' })),
    stages: Type.Optional(Type.Array(Type.String(), { description: 'Stages that must end first' })),
    limit: Type.Optional(Type.Integer({ description: 'Stages that may run at once' })),
    holders: Type.Optional(Type.Array(WireSlotHolder, { description: 'Who takes up the room' })),
    runners: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.String(),
          capacity: Type.Optional(Type.Integer()),
          holders: Type.Optional(Type.Array(WireSlotHolder)),
          failed: Type.Optional(
            Type.Array(
              Type.Object({
                filter: Type.Enum([...RUNNER_FILTERS]),
                wanted: Type.String(),
                offered: Type.String(),
              }),
            ),
          ),
        }),
        { description: 'Runners that do not fit, with what fails; that are busy; or that are free' },
      ),
    ),
  },
  { title: 'WaitingReason' },
);
export type WireWaitingReason = Static<typeof WireWaitingReason>;

export function toWireWaitingReason(reason: WaitingReason): WireWaitingReason {
  const { code, message } = reason;
  switch (code) {
    case 'approval':
      return reason.approval === undefined ? { code, message } : { code, message, approval: reason.approval };
    case 'dependency':
      return { code, message, stages: [...reason.stages] };
    case 'limit':
    case 'throttle':
      return { code, message, limit: reason.limit, holders: reason.holders.map(toWireHolder) };
    case 'no-runner':
      return {
        code,
        message,
        runners: reason.unfit.map(({ name, failed }) => ({
          name,
          failed: failed.map((one) => ({ ...one })),
        })),
      };
    case 'busy':
      return {
        code,
        message,
        runners: reason.busy.map(({ name, capacity, holders }) => ({
          name,
          capacity,
          holders: holders.map(toWireHolder),
        })),
      };
    case 'next':
      return { code, message, runners: reason.runners.map((name) => ({ name })) };
    default:
      return { code, message };
  }
}

function toWireHolder({ repo, build, stage, runner }: SlotHolder): WireSlotHolder {
  return { repo, build, stage, runner };
}
