import type { Assignment, CloneCredentials, RunnerService, StageReport } from '@sortie/contract/runner';
import { isPullRequestBuild } from '@sortie/core/build';
import { formatFinding } from '@sortie/core/finding';
import type { Plan, PlanStep } from '@sortie/core/plan';
import type { Step } from '@sortie/core/step';
import { type Clock, unixSeconds } from '@sortie/engine/clock';
import type { Engine, RegistryCredentials } from '@sortie/engine/engine';
import { executeStage } from '@sortie/engine/execute';
import type { StageReporter } from '@sortie/engine/stage-reporter';
import type { StepSlots } from '@sortie/engine/step-slots';
import { ERROR_EXIT_CODE, type StageOutcome } from '@sortie/engine/step-table';
import { compileStage } from '@sortie/pipeline/compile';
import type { CompileContext, RunnerContext } from '@sortie/pipeline/compile-context';
import { liveEnvironment } from '@sortie/pipeline/environment';
import { pullLogins } from '@sortie/pipeline/registries';
import {
  missingSecretNotes,
  resolveSecrets,
  type SecretStores,
  secretEnvironment,
  valuesOfStep,
} from '@sortie/pipeline/secrets';
import { createReporter, type Reporter, toReport } from './report.ts';
import { type RunnerLimits, refusalOf } from './runner-limits.ts';
import { watchStage } from './watch.ts';

/** The part of a pino logger that the runner uses. */
export interface RunnerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface StageRunDeps {
  readonly service: RunnerService;
  /** By type: `docker`, `exec`. */
  readonly engines: ReadonlyMap<string, Engine>;
  /** Name shown as `machine` of a stage. */
  readonly name: string;
  /** Global variables of this runner (`DRONE_RUNNER_ENVIRON`). */
  readonly environ: Readonly<Record<string, string>>;
  /** Image for the clone step; absent means that the runner clones with git itself. */
  readonly cloneImage: string | undefined;
  /** What else this runner decides about the steps that it compiles. */
  readonly rules?: Omit<RunnerContext, 'environ' | 'cloneImage' | 'machine'>;
  /** What it refuses although it was handed to it; absent = nothing. */
  readonly limits?: RunnerLimits;
  /** Bounds the steps of all stages of this runner together. */
  readonly slots?: StepSlots;
  /** Secrets beside those that the server sends: the runner's own, and those of a secret service. */
  readonly secretStores?: (assignment: Assignment) => Pick<SecretStores, 'runner' | 'askExternal'>;
  readonly logLimitBytes: number;
  readonly clock: Clock;
  /** Waits, or rejects with the reason of the signal. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Between 0 and 1. */
  readonly random: () => number;
  readonly log: RunnerLog;
}

/**
 * Runs one leased stage to its end: compile, execute, report. It ends because its steps are done, it is
 * cancelled, its time is up, the runner stops (`stopping`), or the lease is lost, after which nothing is reported.
 */
export async function runAssignment(
  deps: StageRunDeps,
  assignment: Assignment,
  stopping: AbortSignal,
): Promise<void> {
  const { lease } = assignment;
  const ended = new AbortController();
  const lost = new AbortController();
  const halt = new AbortController();
  const watching = watchStage(deps, assignment, { ended: ended.signal, lost, halt });
  const haltedBy = AbortSignal.any([halt.signal, lost.signal, stopping]);
  try {
    await runStage(deps, createReporter({ ...deps, lease, lost, ended }), assignment, haltedBy);
  } catch (error) {
    if (!lost.signal.aborted) throw error;
  } finally {
    if (lost.signal.aborted) {
      const fields = { stageId: assignment.stage.id, attempt: lease.attempt, err: lost.signal.reason };
      deps.log.warn(fields, 'the lease of a stage was lost; its results have been dropped');
    }
    ended.abort(new Error('the stage has ended'));
    await watching;
  }
}

async function runStage(
  deps: StageRunDeps,
  reporter: Reporter,
  assignment: Assignment,
  signal: AbortSignal,
): Promise<void> {
  const refused = deps.limits && refusalOf(deps.limits, assignment);
  if (refused !== undefined) return reporter.finish(stageError(deps, refused));
  const context = compileContext(deps, assignment);
  const { plan, error } = compile(assignment, context);
  if (plan === undefined) return reporter.finish(stageError(deps, error));
  const engine = deps.engines.get(plan.type);
  if (engine === undefined) {
    const known = [...deps.engines.keys()].join(', ');
    return reporter.finish(stageError(deps, `This runner runs ${known} pipelines, not ${plan.type} ones.`));
  }
  const secrets = await findSecrets(deps, assignment, plan);
  const rows = await reporter.begin(plan.steps);
  const { failedStages } = assignment;
  const siblings = { failedStages, buildStatus: failedStages.length > 0 ? 'failure' : 'success' } as const;
  const { cloneCredentials } = assignment;
  const { registries } = secrets;
  const stage = { id: stageKey(assignment), plan, cloneCredentials, registries };
  const outcome = await executeStage(
    {
      engine,
      clock: deps.clock,
      ...(deps.slots === undefined ? {} : { slots: deps.slots }),
      report: stageReporter(deps, { reporter, rows, signal }),
      notesFor: (step) => missingSecretNotes(step, secrets.of(step)),
      openLog: (step) => reporter.openLog(rowOf(rows, step)),
      environmentFor: (step, state) => ({
        ...step.environment,
        ...liveEnvironment({ ...state, ...siblings, step, now: unixSeconds(deps.clock) }, context),
        ...secretEnvironment(step, secrets.of(step)),
      }),
    },
    stage,
    {
      signal,
      masks: [
        ...(cloneCredentials === undefined ? [] : secretsOf(cloneCredentials)),
        ...secrets.texts,
        ...registries.map(({ password }) => password),
      ],
      logLimitBytes: deps.logLimitBytes,
    },
  );
  if (outcome.cleanupError !== '') {
    const fields = { stageId: assignment.stage.id, reason: outcome.cleanupError };
    deps.log.warn(fields, 'a stage could not be cleaned up completely; the next start tries again');
  }
}

/** Gogs, Gitea and GitHub take the token as the login, with a word as the password that everybody knows. */
function secretsOf({ login, password }: CloneCredentials): readonly string[] {
  return password === 'x-oauth-basic' || password === '' ? [login] : [password];
}

interface FoundSecrets {
  /** What a step may have, by name; those that nobody has, or that the build may not see, are left out. */
  readonly of: (step: PlanStep) => ReadonlyMap<string, string>;
  /** Everything that must not reach a log. */
  readonly texts: readonly string[];
  readonly registries: readonly RegistryCredentials[];
}

async function findSecrets(deps: StageRunDeps, assignment: Assignment, plan: Plan): Promise<FoundSecrets> {
  const { build, repo } = assignment;
  const { stored, opened } = assignment.secrets ?? { stored: [], opened: [] };
  const texts = new Map(opened.map(({ data, value }) => [data, value]));
  const stores: SecretStores = {
    ...deps.secretStores?.(assignment),
    stored,
    decrypt: (data) => texts.get(data),
  };
  const isPullRequest = isPullRequestBuild(build);
  const audience = { isPullRequest, sourceRepo: build.sourceRepo, isPublic: !repo.isPrivate };
  const values = await resolveSecrets(plan, stores, audience);
  return {
    of: (step) => valuesOfStep(step, stores, audience, values),
    texts: [...stored.map(({ value }) => value), ...texts.values(), ...values.values()],
    registries: pullLogins((plan.pullSecrets ?? []).map((name) => values.get(name) ?? '')),
  };
}

function compileContext(deps: StageRunDeps, assignment: Assignment): CompileContext {
  const { repo, build, stage, system, cloneCredentials, changedFiles } = assignment;
  return {
    repo,
    build,
    stage,
    system,
    runner: { ...deps.rules, environ: deps.environ, cloneImage: deps.cloneImage, machine: deps.name },
    now: unixSeconds(deps.clock),
    netrc: cloneCredentials,
    isTrusted: repo.isTrusted,
    ...(changedFiles === undefined ? {} : { changedFiles }),
  };
}

function compile(
  { repo, build }: Assignment,
  context: CompileContext,
): { readonly plan?: Plan; readonly error: string } {
  const { plan, findings } = compileStage(build.config, { file: repo.configPath }, context);
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (plan !== undefined && errors.length === 0) return { plan, error: '' };
  return { error: errors.map(formatFinding).join('\n') };
}

function stageReporter(
  deps: StageRunDeps,
  run: { reporter: Reporter; rows: ReadonlyMap<number, Step>; signal: AbortSignal },
): StageReporter {
  const { reporter, rows, signal } = run;
  return {
    stepStarted: (step, started) => reporter.step(rowOf(rows, step), { started }),
    stepEnded: (step, result) => reporter.step(rowOf(rows, step), result),
    stageEnded: (outcome) => reporter.finish(stageReport(deps, outcome, rows, signal)),
  };
}

function stageReport(
  deps: StageRunDeps,
  outcome: StageOutcome,
  rows: ReadonlyMap<number, Step>,
  signal: AbortSignal,
): StageReport {
  const stopped = unixSeconds(deps.clock);
  const steps = outcome.steps.map(({ step, result }) => toReport(rowOf(rows, step), result));
  const started = Math.min(stopped, ...steps.map((step) => step.started).filter((time) => time > 0));
  const why = outcome.status === 'killed' && signal.reason instanceof Error ? signal.reason.message : '';
  return {
    status: outcome.status,
    exitCode: outcome.exitCode,
    error: outcome.error === '' ? why : outcome.error,
    started,
    stopped,
    steps,
  };
}

function stageError(deps: StageRunDeps, error: string): StageReport {
  const now = unixSeconds(deps.clock);
  return { status: 'error', exitCode: ERROR_EXIT_CODE, error, started: now, stopped: now, steps: [] };
}

function rowOf(rows: ReadonlyMap<number, Step>, step: PlanStep): Step {
  const row = rows.get(step.number);
  if (row === undefined) throw new Error(`the server knows no step ${step.number} of this stage`);
  return row;
}

/** Unique per attempt, and safe in names of files and containers. */
function stageKey({ stage, lease }: Assignment): string {
  return `stage-${stage.id}-${lease.attempt}-${lease.fence}`;
}
