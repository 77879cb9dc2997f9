import { SortieError } from '@sortie/sdk/errors';
import { type Build, type Client, listBuilds, SLUG } from './drive.ts';
import type { History, Verdict } from './history.ts';
import { judgeStage, type Stage } from './judge-stage.ts';
import type { ExpectedStep, Script } from './workload.ts';

type Step = NonNullable<Stage['steps']>[number];

/** What a log may hold besides what the step wrote. */
const MARKER = /^(runner lost: the log ends here|.*\b(missing|lost)\b.*)$/;

/** Compares every build with its script. */
export async function checkBuilds(
  client: Client,
  expected: readonly Script[],
  history: History,
  secret: string,
): Promise<Verdict> {
  const violations: string[] = [...checkLedger(history)];
  const outcomes = new Map<string, number>();
  const types = new Map<string, number>();
  const builds = await listBuilds(client);
  const wanted = history.requested + history.pushed;
  if (builds.length !== wanted) violations.push(`${builds.length} builds, ${wanted} were asked for`);
  for (const { number } of builds) {
    const build = await client.builds.get(SLUG, number);
    const script = expected.find(({ branch }) => branch === build.target);
    if (script === undefined) violations.push(`build ${number} is of the unknown branch ${build.target}`);
    else {
      for (const problem of await checkBuild({ client, script, history, outcomes, types, secret }, build))
        violations.push(`build ${number} (${script.branch}): ${problem}`);
    }
  }
  return { violations, outcomes, types };
}

/** Nothing may begin twice: a stage is only handed out anew as long as none of its steps has begun. */
function checkLedger({ ledger }: History): readonly string[] {
  const counts = new Map<string, number>();
  for (const line of ledger) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1).map(([line, count]) => `${line}: began ${count} times`);
}

interface Context {
  readonly client: Client;
  readonly script: Script;
  readonly history: History;
  readonly outcomes: Map<string, number>;
  readonly types: Map<string, number>;
  readonly secret: string;
}

async function checkBuild(context: Context, build: Build): Promise<readonly string[]> {
  const { script, history } = context;
  const stages = build.stages ?? [];
  const problems: string[] = [];
  if (build.cancelling === true) problems.push('is still being cancelled');
  const isCancelled = build.status === 'killed' && history.cancelled.has(build.number);
  const isDisturbed = isCancelled || stages.some(({ status }) => status === 'error' || status === 'killed');
  const isShot = history.shot.has(build.number) && build.status === 'failure';
  if (!isDisturbed && !isShot && build.status !== script.status) problems.push(`ended as ${build.status}`);
  if (isDisturbed && build.status !== 'error' && build.status !== 'killed')
    problems.push(`is ${build.status}`);
  for (const [index, stage] of stages.entries()) {
    const outcome = judgeStage(history, build, stage);
    if (outcome.problem !== undefined) problems.push(outcome.problem);
    count(context.outcomes, outcome.name);
    if (isWhole(stage)) count(context.types, stage.type ?? 'none');
    problems.push(...(await checkSteps(context, build, stage, script.stages[index] ?? [])));
  }
  return problems;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** It ended by itself. */
function isWhole({ status }: Stage): boolean {
  return status === 'success' || status === 'failure';
}

async function checkSteps(
  { client, script, history, secret }: Context,
  build: Build,
  stage: Stage,
  expected: readonly ExpectedStep[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  // What comes after a step whose container was shot is skipped.
  const wasShot =
    history.shot.has(build.number) && stage.steps?.some(({ exit_code: code }) => code === 137) === true;
  for (const wanted of expected) {
    const step = stage.steps?.find(({ name }) => name === wanted.name);
    if (step === undefined) {
      if (isWhole(stage)) problems.push(`step ${wanted.name} is not there`);
      continue;
    }
    const isShot = wasShot && (step.exit_code === 137 || step.status === 'skipped');
    if (isWhole(stage) && !isShot && !isAsWanted(step, wanted))
      problems.push(`step ${step.name} ended as ${step.status} ${step.exit_code}`);
    if (step.status === 'running' || step.status === 'pending')
      problems.push(`step ${step.name} is ${step.status} for ever`);
    if ((step.started ?? 0) === 0 || wanted.log === undefined) continue;
    if (step.status === 'skipped') continue;
    const log = await readLog(client, { build: build.number, stage: stage.number, step: step.number });
    if (log.includes(secret)) problems.push(`the secret is in the log of ${step.name}`);
    const isExact = isAsWanted(step, wanted);
    const problem = isExact ? differs(log, wanted.log) : isStartOf(log, wanted.log);
    if (problem !== undefined) problems.push(`log of ${script.branch}/${step.name}: ${problem}`);
  }
  return problems;
}

/**
 * The start of a secret that is written in two pieces is held back for two seconds. A runner that is paused in between
 * cannot tell how long it has been, and lets it through.
 */
const TORN = /nemesis-[0-9a-f](?=\*{6}|\n|$)/g;

/** Empty for a step that nothing was written by. */
async function readLog(
  client: Client,
  at: { readonly build: number; readonly stage: number; readonly step: number },
): Promise<string> {
  try {
    const { bytes } = await client.logs.text({ repo: SLUG, ...at });
    return Buffer.from(bytes).toString().replaceAll(TORN, '');
  } catch (error) {
    if (error instanceof SortieError && error.status === 404) return '';
    throw error;
  }
}

function isAsWanted(step: Step, wanted: ExpectedStep): boolean {
  return step.status === wanted.status && step.exit_code === wanted.exitCode;
}

function differs(log: string, wanted: string): string | undefined {
  if (log === wanted) return undefined;
  const at = [...wanted].findIndex((letter, index) => log[index] !== letter);
  const from = Math.max(0, (at < 0 ? wanted.length : at) - 30);
  const [seen, meant] = [log, wanted].map((text) => JSON.stringify(text.slice(from, from + 90)));
  return `${log.length} bytes instead of ${wanted.length}; from byte ${from} ${seen} instead of ${meant}`;
}

/** A log that was cut off is the start of the whole one, and may say on a line of its own why. */
function isStartOf(log: string, wanted: string): string | undefined {
  const lines = log.split('\n');
  if (lines.at(-1) === '') lines.pop();
  while (MARKER.test(lines.at(-1) ?? '')) lines.pop();
  const start = lines.join('\n');
  return wanted.startsWith(start) ? undefined : differs(start, wanted);
}
