import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import { STATUSES } from '@sortie/core/status';
import { STEP_REASONS, type Step } from '@sortie/core/step';
import { type Static, type TSchema, Type } from 'typebox';
import type { Assignment } from './runner.ts';

/** A server that speaks this contract says so in this header of its answer to `POST /rpc/v2/ping`. */
export const RUNNER_CONTRACT_HEADER = 'x-sortie-runner';
/** Counts up when runners and servers of different counts do not understand each other any more. */
export const RUNNER_CONTRACT = '1';
/** Below this the calls of `RunnerService` lie, each a POST with the token of the runner in `x-drone-token`. */
export const RUNNER_PREFIX = '/rpc/sortie/v1';

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** PostgreSQL stores no NUL. */
const text = (maxLength: number, minLength = 0) =>
  Type.String({ minLength, maxLength, pattern: '^[^\\u0000]*$' });
/** Long enough for every name that the rest of the server takes. */
const Name = text(1000);
const list = <T extends TSchema>(item: T, maxItems: number) => Type.Array(item, { maxItems });
/** Read out of what a server of the same contract has sent; only what would break at once is looked at. */
const trusted = <T>(members: Parameters<typeof Type.Object>[0]) => Type.Unsafe<T>(Type.Object(members));

const WireLease = Type.Object({ stageId: Count, attempt: Count, fence: Count });

const WireRunnerIdentity = Type.Object({
  name: text(200, 1),
  types: list(text(100, 1), 20),
  platform: Type.Object({ os: Name, arch: Name, variant: Name, version: Name }),
  labels: Type.Record(Type.String({ pattern: '^[^\\u0000]{0,100}$' }), text(200), {
    maxProperties: 100,
    additionalProperties: false,
  }),
  capacity: Type.Integer({ minimum: 1, maximum: 100_000 }),
  version: text(100),
});

/** Made by a runner once and kept in its data folder: two machines with one name are two runners. */
const RunnerId = Type.String({ pattern: '^[0-9a-f-]{36}$' });

/** `hello`: the process has started. Leases of this runner that it does not name are gone with an earlier process. */
export const HelloBody = Type.Object({
  runnerId: RunnerId,
  runner: WireRunnerIdentity,
  held: list(WireLease, 10_000),
});
export type HelloBody = Static<typeof HelloBody>;

/** `request`: answered with an assignment, or 204 when none came in time. */
export const RequestBody = Type.Object({
  runnerId: RunnerId,
  runner: WireRunnerIdentity,
  waitMs: Type.Integer({ minimum: 0, maximum: 600_000 }),
});
export type RequestBody = Static<typeof RequestBody>;

/** `heartbeat` and `watch`. The first heartbeat is what takes a stage: without it, it goes to somebody else. */
export const LeaseBody = Type.Object({ runnerId: RunnerId, lease: WireLease });
export type LeaseBody = Static<typeof LeaseBody>;

export const HeartbeatReply = Type.Object({ isCancelled: Type.Boolean() });
/** False when the server has only ended the call, and wants to be asked again. */
export const WatchReply = Type.Object({ isOver: Type.Boolean() });

const WireStepDraft = Type.Object({
  number: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  name: Name,
  image: text(10_000),
  dependsOn: list(Name, 10_000),
  isDetached: Type.Boolean(),
  errIgnore: Type.Boolean(),
});

export const BeginBody = Type.Object({
  runnerId: RunnerId,
  lease: WireLease,
  steps: list(WireStepDraft, 10_000),
});
export type BeginBody = Static<typeof BeginBody>;
export const BeginReply = Type.Array(trusted<Step>({ id: Count, number: Count }));

const Result = {
  status: Type.Enum([...STATUSES]),
  exitCode: Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
  error: Type.String(),
  started: Count,
  stopped: Count,
};

const WireStepReport = Type.Object({
  stepId: Count,
  reason: Type.Optional(Type.Enum([...STEP_REASONS])),
  ...Result,
});
const WireStageReport = Type.Object({ ...Result, steps: list(WireStepReport, 10_000) });
const WireLogMark = Type.Object({ line: Count, offset: Count, second: Count });

/**
 * `reports`: frames (runner-frames.ts). The first says for which lease and as whom; the others are the reports about it
 * in the order in which things happened.
 */
export const DeliveryHead = Type.Object({
  kind: Type.Literal('delivery'),
  runnerId: RunnerId,
  lease: WireLease,
  /** The lease is lost: only logs are still taken. */
  isLate: Type.Boolean(),
});
export type DeliveryHead = Static<typeof DeliveryHead>;

export const ReportHead = Type.Union([
  Type.Object({ kind: Type.Literal('step'), report: WireStepReport }),
  /** The bytes are the data of the frame. */
  Type.Object({
    kind: Type.Literal('log'),
    stepId: Count,
    offset: Count,
    checksum: Count,
    marks: list(WireLogMark, 1_000_000),
  }),
  /** Nothing follows; size and CRC-32 are those of the whole log. */
  Type.Object({ kind: Type.Literal('close'), stepId: Count, size: Count, checksum: Count }),
  Type.Object({ kind: Type.Literal('finish'), report: WireStageReport }),
]);
export type ReportHead = Static<typeof ReportHead>;

/** How many of the reports have been taken, and why the next one was not. */
export const DeliveryReply = Type.Object({
  done: Count,
  problem: Type.Optional(
    Type.Object({
      status: Type.Integer(),
      code: Type.String(),
      message: Type.String(),
      hint: Type.Optional(Type.String()),
    }),
  ),
});
export type DeliveryReply = Static<typeof DeliveryReply>;

export const AssignmentReply = Type.Unsafe<Assignment>(
  Type.Object({
    lease: WireLease,
    heartbeatMs: Type.Integer({ minimum: 1 }),
    timeoutMs: Type.Integer({ minimum: 1 }),
    repo: trusted<Repo>({ id: Count, slug: Type.String(), configPath: Type.String() }),
    build: trusted<Build>({ id: Count, config: Type.String() }),
    stage: trusted<Stage>({ id: Count, name: Type.String(), type: Type.String() }),
    failedStages: Type.Array(Type.String()),
    system: Type.Object({ proto: Type.String(), host: Type.String(), version: Type.String() }),
  }),
);
