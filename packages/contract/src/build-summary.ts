import { EVENTS } from '@sortie/core/build';
import { type BuildSummary, type FailedStage, firstFailureOf } from '@sortie/core/build-summary';
import { FAILURE_CLASSES, type FailureClass } from '@sortie/core/failure-class';
import { FAILURE_KINDS } from '@sortie/core/failure-line';
import { STATUSES } from '@sortie/core/status';
import { type Static, Type } from 'typebox';
import { BuildParams } from './build-routes.ts';
import { toWireFinding, WireFinding } from './findings.ts';
import { defineRoute } from './route.ts';
import { WireStep } from './steps.ts';
import { toWireWaitingReason, WireWaitingReason } from './waiting.ts';

const Failed = {
  number: Type.Integer(),
  name: Type.String(),
  status: Type.Enum([...STATUSES]),
  exit_code: Type.Integer(),
  error: Type.Optional(Type.String()),
  class: Type.Enum(Object.keys(FAILURE_CLASSES) as FailureClass[], {
    description: Object.entries(FAILURE_CLASSES)
      .map(([name, meaning]) => `${name}: ${meaning}`)
      .join('; '),
  }),
};

const WireFailureLine = Type.Object(
  {
    line: Type.Integer({ description: 'Number of the line in the log, from 1' }),
    text: Type.String(),
    kind: Type.Enum([...FAILURE_KINDS], { description: 'Whose words they are; `other` is a guess' }),
  },
  { title: 'FailureLine' },
);

const WireFailedStep = Type.Object(
  {
    ...Failed,
    reason: WireStep.properties.reason,
    last_lines: Type.Array(Type.String(), { description: 'End of the log, without colours' }),
    first_failure: Type.Optional(WireFailureLine),
  },
  { title: 'FailedStep' },
);

/** Why a build is not a success: what failed with what, where, and what it waits for. */
export const WireBuildSummary = Type.Object(
  {
    repo: Type.String(),
    number: Type.Integer(),
    status: Type.Enum([...STATUSES]),
    event: Type.Enum([...EVENTS]),
    ref: Type.String(),
    target: Type.String(),
    message: Type.String(),
    link: Type.String(),
    error: Type.Optional(Type.String()),
    started: Type.Integer(),
    finished: Type.Integer(),
    findings: Type.Array(WireFinding),
    first_failure: Type.Optional(
      Type.Object(
        {
          ...WireFailureLine.properties,
          stage: Type.Integer({ description: 'Number of the stage' }),
          stage_name: Type.String(),
          step: Type.Integer({ description: 'Number of the step' }),
          step_name: Type.String(),
        },
        { title: 'FirstFailure' },
      ),
    ),
    failed_stages: Type.Array(
      Type.Object({ ...Failed, steps: Type.Array(WireFailedStep) }, { title: 'FailedStage' }),
    ),
    waiting_stages: Type.Array(
      Type.Object({
        number: Type.Integer(),
        name: Type.String(),
        status: Type.Enum([...STATUSES]),
        waiting_for: Type.Array(WireWaitingReason),
      }),
    ),
    truncated: Type.Boolean({ description: 'More has failed than is told of here' }),
  },
  { title: 'BuildSummary' },
);
export type WireBuildSummary = Static<typeof WireBuildSummary>;

export const getBuildSummary = defineRoute({
  id: 'getBuildSummary',
  method: 'GET',
  path: '/api/repos/:owner/:name/builds/:build/summary',
  access: 'repo:read',
  scope: 'logs:read',
  summary: 'Why a build failed or waits: stages, steps, exit codes, last lines, the first failing line',
  params: BuildParams,
  query: Type.Object({
    format: Type.Optional(
      Type.String({ description: '`text` answers plain text to read, as does `Accept: text/plain`' }),
    ),
  }),
  reply: WireBuildSummary,
  produces: ['application/json', 'text/plain'],
});

export function toWireBuildSummary(summary: BuildSummary): WireBuildSummary {
  const { build, slug } = summary;
  const first = firstFailureOf(summary);
  return {
    repo: slug,
    number: build.number,
    status: build.status,
    event: build.event,
    ref: build.ref,
    target: build.target,
    message: build.message,
    link: build.link,
    error: build.error || undefined,
    started: build.started,
    finished: build.finished,
    findings: build.findings.map(toWireFinding),
    first_failure: first && {
      ...first.failure,
      stage: first.stage.number,
      stage_name: first.stage.name,
      step: first.step.number,
      step_name: first.step.name,
    },
    failed_stages: summary.failed.map(toWireFailedStage),
    waiting_stages: summary.waiting.map(({ stage, reasons }) => ({
      number: stage.number,
      name: stage.name,
      status: stage.status,
      waiting_for: reasons.map(toWireWaitingReason),
    })),
    truncated: summary.isCut,
  };
}

function toWireFailedStage({ stage, failureClass, steps }: FailedStage) {
  return {
    ...toWireFailed(stage, failureClass),
    steps: steps.map(({ step, lastLines, firstFailure, ...failed }) => ({
      ...toWireFailed(step, failed.failureClass),
      reason: step.reason || undefined,
      last_lines: [...lastLines],
      first_failure: firstFailure && { ...firstFailure },
    })),
  };
}

function toWireFailed(row: FailedStage['stage'], failureClass: FailureClass) {
  return {
    number: row.number,
    name: row.name,
    status: row.status,
    exit_code: row.exitCode,
    error: row.error || undefined,
    class: failureClass,
  };
}
