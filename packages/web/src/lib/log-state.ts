import type { Build, Stage, Step } from '@sortie/sdk/types';
import { isActive } from './status.ts';

/** What stands in place of a log that is not there (cli-ui-sdk.md 3.7, "Log states"). */
export interface LogNotice {
  readonly title: string;
  readonly detail: string;
}

/** Whether a step's log can be read now, and if not, why. `undefined` means: read it. */
export function noticeFor(build: Build, stage: Stage, step: Step | undefined): LogNotice | undefined {
  if (step === undefined) return noticeForStage(build, stage);
  switch (step.status) {
    case 'pending':
      return stage.status === 'running'
        ? waitingForSteps(stage, step)
        : (noticeForStage(build, stage) ?? waitingForSteps(stage, step));
    case 'skipped':
      return { title: 'This step was skipped', detail: skipReason(stage, step) };
    case 'blocked':
    case 'waiting_on_dependencies':
    case 'declined':
      return noticeForStage(build, stage);
    default:
      return (step.started ?? 0) === 0 && !isActive(step.status) ? neverBegan(step) : undefined;
  }
}

function noticeForStage(build: Build, stage: Stage): LogNotice | undefined {
  switch (stage.status) {
    case 'pending':
      return { title: 'Waiting for a runner', detail: wantedRunner(stage) };
    case 'waiting_on_dependencies':
      return {
        title: 'Waiting for other stages',
        detail: `${names(unfinished(build, stage))} must end first.`,
      };
    case 'blocked':
      return {
        title: 'Waiting for approval',
        detail: 'An administrator of the repository has to allow this stage.',
      };
    case 'declined':
      return {
        title: 'This stage was declined',
        detail: 'An administrator of the repository did not allow it.',
      };
    case 'skipped':
      return {
        title: 'This stage was skipped',
        detail: 'The results of earlier stages left it out, or the build was cancelled.',
      };
    case 'killed':
      return { title: 'This stage was cancelled', detail: 'It ended before it had any output.' };
    case 'error':
      return { title: 'This stage could not run', detail: stage.error ?? 'The runner gave no reason.' };
    default:
      return (stage.steps ?? []).length === 0
        ? { title: 'No steps yet', detail: 'They appear when the runner has begun.' }
        : undefined;
  }
}

function waitingForSteps(stage: Stage, step: Step): LogNotice {
  const before = (stage.steps ?? []).filter(
    (each) => isActive(each.status) && (step.depends_on?.includes(each.name) ?? each.number < step.number),
  );
  const detail =
    before.length > 0
      ? `It begins after ${names(before.map((each) => each.name))}.`
      : 'It begins in a moment.';
  return { title: 'This step has not begun', detail };
}

function skipReason(stage: Stage, step: Step): string {
  const failed = (stage.steps ?? []).find((each) => each.number < step.number && each.status === 'failure');
  return failed === undefined
    ? 'Its conditions did not match.'
    : `It runs only while everything before it passes, and ${failed.name} failed.`;
}

function neverBegan(step: Step): LogNotice {
  const isCancelled = step.status === 'killed';
  return {
    title: isCancelled ? 'This step was cancelled' : 'This step never began',
    detail: step.error ?? 'It ended before it had any output.',
  };
}

function wantedRunner(stage: Stage): string {
  const labels = Object.entries(stage.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const platform = `${stage.os}/${stage.arch}`;
  return `It needs a free runner for ${[stage.type ?? 'docker', platform, ...labels].join(', ')}.`;
}

function unfinished(build: Build, stage: Stage): string[] {
  return (stage.depends_on ?? []).filter((name) =>
    (build.stages ?? []).some((each) => each.name === name && isActive(each.status)),
  );
}

function names(list: readonly string[]): string {
  if (list.length < 2) return list[0] ?? 'Another stage';
  return `${list.slice(0, -1).join(', ')} and ${list.at(-1)}`;
}
