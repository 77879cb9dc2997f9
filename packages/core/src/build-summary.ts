import type { Build } from './build.ts';
import type { FailureClass } from './failure-class.ts';
import type { FailureKind } from './failure-line.ts';
import type { Stage } from './stage.ts';
import type { Step } from './step.ts';
import type { WaitingReason } from './waiting.ts';

/** A line of a log that tells what failed. */
export interface FailureLine {
  /** Number of the line in the log, from 1. */
  readonly line: number;
  readonly text: string;
  readonly kind: FailureKind;
}

export interface FailedStep {
  readonly step: Pick<Step, 'number' | 'name' | 'status' | 'exitCode' | 'error'> &
    Partial<Pick<Step, 'reason'>>;
  readonly failureClass: FailureClass;
  /** The last lines of its log, without colours. */
  readonly lastLines: readonly string[];
  readonly firstFailure: FailureLine | undefined;
}

export interface FailedStage {
  readonly stage: Pick<Stage, 'number' | 'name' | 'status' | 'exitCode' | 'error'>;
  readonly failureClass: FailureClass;
  readonly steps: readonly FailedStep[];
}

/** Why a build is not a success (yet), short enough to be read at once. */
export interface BuildSummary {
  readonly slug: string;
  readonly build: Build;
  readonly failed: readonly FailedStage[];
  /** True when there are more failed stages or steps than are told of. */
  readonly isCut: boolean;
  /** The stages that have not begun, with why. */
  readonly waiting: readonly {
    readonly stage: Pick<Stage, 'number' | 'name' | 'status'>;
    readonly reasons: readonly WaitingReason[];
  }[];
}

/** The first failing line of the first failed step that has one. */
export function firstFailureOf(summary: Pick<BuildSummary, 'failed'>):
  | {
      readonly stage: FailedStage['stage'];
      readonly step: FailedStep['step'];
      readonly failure: FailureLine;
    }
  | undefined {
  for (const { stage, steps } of summary.failed) {
    for (const { step, firstFailure } of steps) {
      if (firstFailure !== undefined) return { stage, step, failure: firstFailure };
    }
  }
  return undefined;
}

/** Lines of the log of each step that go into the text. */
const TEXT_LINES = 5;

/** The summary as plain text, for terminals and chats. Ends in a newline. */
export function formatSummary(summary: BuildSummary): string {
  const { build, slug } = summary;
  const [subject = ''] = build.message.split('\n');
  const lines = [
    `${slug} build ${build.number}: ${build.status} (${build.event} ${build.target || build.ref})`,
  ];
  if (subject !== '') lines.push(subject);
  if (build.error !== '') lines.push(`Error: ${build.error}`);
  for (const { severity, file, line, column, message } of build.findings) {
    if (severity === 'error') lines.push(`${file}:${line}:${column}: ${message}`);
  }
  for (const failed of summary.failed) lines.push('', ...formatStage(failed));
  for (const { stage, reasons } of summary.waiting) {
    lines.push('', `Stage ${stage.name} waits:`, ...reasons.map(({ message }) => `  ${message}`));
  }
  if (summary.isCut) lines.push('', 'More has failed than is told of here.');
  return `${lines.join('\n')}\n`;
}

function formatStage({ stage, failureClass, steps }: FailedStage): readonly string[] {
  const lines = [`Stage ${stage.name}: ${stage.status} (${failureClass})`];
  if (stage.error !== '') lines.push(`  ${stage.error}`);
  for (const failed of steps) lines.push(...formatStep(failed));
  return lines;
}

function formatStep({ step, failureClass, lastLines, firstFailure }: FailedStep): readonly string[] {
  const lines = [`  Step ${step.name}: ${step.status}, exit code ${step.exitCode} (${failureClass})`];
  if (step.error !== '') lines.push(`    ${step.error}`);
  if (firstFailure !== undefined)
    lines.push(`    First failure, line ${firstFailure.line}: ${firstFailure.text}`);
  const last = lastLines.slice(-TEXT_LINES);
  if (last.length > 0) lines.push('    Last lines:', ...last.map((line) => `      ${line}`));
  return lines;
}
