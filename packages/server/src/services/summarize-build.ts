import type { Build } from '@sortie/core/build';
import type { BuildSummary, FailedStage, FailedStep, FailureLine } from '@sortie/core/build-summary';
import { classifyFailure } from '@sortie/core/failure-class';
import { failureKind, plainLine } from '@sortie/core/failure-line';
import type { LogLine } from '@sortie/core/log';
import type { Repo } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import { isDone, isFailed } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { type LogKey, type LogStore, logKey } from '../logs/log-store.ts';
import type { Db } from '../store/db.ts';
import { listStepsOfBuild } from '../store/steps.ts';

export interface SummarizeBuildDeps {
  readonly db: Db;
  readonly logs: LogStore;
}

const MAX_STAGES = 20;
/** Logs that are looked into. */
const MAX_STEPS = 20;
const LAST_LINES = 20;
const LAST_LINES_CHARS = 8_000;
/** A log is searched from its start for so many bytes, then, when it is longer, at its end for so many lines. */
const SEARCHED_BYTES = 1024 * 1024;
const SEARCHED_LAST_LINES = 2_000;
const LINES_PER_READ = 2_000;

/** What has failed in a build, in the order of stages and steps, with the ends of their logs. */
export async function summarizeFailures(
  deps: SummarizeBuildDeps,
  input: { readonly repo: Repo; readonly build: Build; readonly stages: readonly Stage[] },
): Promise<Pick<BuildSummary, 'slug' | 'build' | 'failed' | 'isCut'>> {
  const { repo, build } = input;
  const stages = input.stages.filter((stage) => isOfInterest(build, stage));
  const steps = stages.length === 0 ? [] : await listStepsOfBuild(deps.db, build.id);
  let left = MAX_STEPS;
  let isCut = stages.length > MAX_STAGES;
  const failed: FailedStage[] = [];
  for (const stage of stages.slice(0, MAX_STAGES)) {
    const own = steps.filter((step) => step.stageId === stage.id);
    const bad = own.filter((step) => isFailed(step.status) && !step.errIgnore);
    const told = bad.slice(0, left);
    left -= told.length;
    isCut ||= told.length < bad.length;
    const summaries: FailedStep[] = [];
    for (const step of told) summaries.push(await summarizeStep(deps.logs, build, stage, step));
    const failureClass = classOfStage(stage, own, summaries);
    failed.push({ stage, failureClass, steps: summaries });
  }
  return { slug: repo.slug, build, failed, isCut };
}

/** A stage that was skipped tells something only when the build was ended from outside. */
function isOfInterest(build: Build, stage: Stage): boolean {
  if (isFailed(stage.status)) return true;
  const isEnded = isDone(build.status) && build.status !== 'success' && build.status !== 'failure';
  return isEnded && stage.status === 'skipped';
}

/** A stage fails as the first of its steps does, unless it has something of its own to say. */
function classOfStage(stage: Stage, steps: readonly Step[], failed: readonly FailedStep[]) {
  const own = classifyFailure({ ...stage, isWithoutSteps: steps.length === 0 });
  return own === 'exit' || own === 'engine' ? (failed[0]?.failureClass ?? own) : own;
}

async function summarizeStep(logs: LogStore, build: Build, stage: Stage, step: Step): Promise<FailedStep> {
  const key = logKey({ repoId: build.repoId, buildId: build.id, stepId: step.id });
  const { lines } = await logs.progress(key);
  return {
    step,
    failureClass: classifyFailure({ ...step, stageError: stage.error }),
    lastLines: await lastLines(logs, key, lines),
    firstFailure: await findFailure(logs, key, lines),
  };
}

async function lastLines(logs: LogStore, key: LogKey, count: number): Promise<readonly string[]> {
  const fromLine = Math.max(0, count - LAST_LINES);
  const texts: string[] = [];
  for await (const { out } of readLines(logs, key, { fromLine, untilLine: count }))
    texts.push(plainLine(out));
  let room = LAST_LINES_CHARS;
  const from = texts.findLastIndex((text) => {
    room -= text.length + 1;
    return room < 0;
  });
  return texts.slice(from + 1);
}

/** The first line in a known tool's words; without one the first that looks like an error at all. */
async function findFailure(logs: LogStore, key: LogKey, count: number): Promise<FailureLine | undefined> {
  const search = { guess: undefined as FailureLine | undefined, bytes: 0, next: 0 };
  const start = { fromLine: 0, untilLine: count };
  for await (const line of readLines(logs, key, start)) {
    const found = toFailure(line);
    if (found !== undefined && found.kind !== 'other') return found;
    search.guess ??= found;
    search.bytes += line.out.length;
    search.next = line.pos + 1;
    if (search.bytes >= SEARCHED_BYTES) break;
  }
  const end = { fromLine: Math.max(search.next, count - SEARCHED_LAST_LINES), untilLine: count };
  for await (const line of readLines(logs, key, end)) {
    const found = toFailure(line);
    if (found !== undefined && found.kind !== 'other') return found;
    search.guess ??= found;
  }
  return search.guess;
}

function toFailure({ pos, out }: LogLine): FailureLine | undefined {
  const text = plainLine(out);
  const kind = failureKind(text);
  return kind && { line: pos + 1, text, kind };
}

async function* readLines(
  logs: LogStore,
  key: LogKey,
  range: { readonly fromLine: number; readonly untilLine: number },
): AsyncGenerator<LogLine> {
  let next = range.fromLine;
  while (next < range.untilLine) {
    const limit = Math.min(LINES_PER_READ, range.untilLine - next);
    const lines = await logs.readLines(key, { fromLine: next, limit });
    if (lines.length === 0) return;
    yield* lines;
    next += lines.length;
  }
}
