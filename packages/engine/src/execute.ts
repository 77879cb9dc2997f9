import { setMaxListeners } from 'node:events';
import type { PlanStep } from '@sortie/core/plan';
import { type Clock, systemClock } from './clock.ts';
import type { Engine, EngineStage } from './engine.ts';
import { describeError } from './failure.ts';
import { DEFAULT_LOG_LIMIT_BYTES } from './log-limit.ts';
import { MaskIndex } from './mask-index.ts';
import { maskText } from './masker.ts';
import { PrepareAhead } from './prepare-ahead.ts';
import { ReportOrder } from './report-order.ts';
import type { OpenLog, StageReporter } from './stage-reporter.ts';
import { haltReason } from './step-reason.ts';
import type { StepSlots } from './step-slots.ts';
import { ERROR_EXIT_CODE, SKIPPED, type StageOutcome, type StageState, StepTable } from './step-table.ts';
import { StepTask } from './step-task.ts';

export interface ExecuteDeps {
  readonly engine: Engine;
  readonly report: StageReporter;
  readonly openLog: OpenLog;
  /** The complete environment of a step, secrets included; asked again just before each start. */
  readonly environmentFor: (step: PlanStep, state: StageState) => Readonly<Record<string, string>>;
  /** Lines of ours that stand at the beginning of a step's log. */
  readonly notesFor?: (step: PlanStep) => readonly string[];
  /** Shared by all stages of a runner whose steps are limited (`DRONE_RUNNER_MAX_PROCS`). */
  readonly slots?: StepSlots;
  readonly clock?: Clock;
}

export interface ExecuteOptions {
  /** Values that must not appear in logs and error texts. */
  readonly masks?: readonly string[];
  readonly logLimitBytes?: number;
  /** Between TERM and KILL for services at the end and for running steps on abort. */
  readonly graceMs?: number;
  /** Cancel and timeout: running steps are killed, nothing else runs, the stage is `killed`. */
  readonly signal: AbortSignal;
}

const DEFAULT_GRACE_MS = 1000;

/**
 * Runs one stage to its end and removes what it made. Never rejects: whatever goes wrong is part of the
 * outcome.
 */
export async function executeStage(
  deps: ExecuteDeps,
  stage: EngineStage,
  options: ExecuteOptions,
): Promise<StageOutcome> {
  return await new StageExecution(deps, stage, options).run();
}

class StageExecution {
  readonly #deps: ExecuteDeps;
  readonly #stage: EngineStage;
  readonly #options: ExecuteOptions;
  readonly #clock: Clock;
  readonly #table: StepTable;
  readonly #masks: MaskIndex;
  readonly #order = new ReportOrder();
  readonly #tasks = new Map<PlanStep, StepTask>();
  readonly #ahead: PrepareAhead;
  /** Aborts setup, preparations and starts; from outside, on a `fast` failure, and at the end. */
  readonly #internal = new AbortController();
  readonly #reports: Promise<void>[] = [];
  readonly #settled = Promise.withResolvers<void>();
  /** Why the stage is broken apart from its steps; masked. */
  #error = '';

  constructor(deps: ExecuteDeps, stage: EngineStage, options: ExecuteOptions) {
    this.#deps = deps;
    this.#stage = stage;
    this.#options = options;
    this.#clock = deps.clock ?? systemClock();
    this.#table = new StepTable(stage.plan.steps);
    // Every step that starts listens to it; that is many and no leak.
    setMaxListeners(0, this.#internal.signal);
    this.#masks = new MaskIndex(options.masks ?? []);
    this.#ahead = new PrepareAhead({
      engine: deps.engine,
      stage,
      signal: this.#internal.signal,
      candidates: () => this.#worthPreparing(),
      runFor: (step) => this.#taskFor(step).prepared(this.#environment(step)),
    });
  }

  async run(): Promise<StageOutcome> {
    const onAbort = (): void => this.#halt('killed');
    this.#options.signal.addEventListener('abort', onAbort, { once: true });
    if (this.#options.signal.aborted) onAbort();
    try {
      await this.#setup();
      this.#advance();
      await this.#settled.promise;
      await this.#stopDetached();
    } catch (error) {
      this.#break(error);
    }
    this.#options.signal.removeEventListener('abort', onAbort);
    this.#internal.abort(new Error('the stage is over'));
    await Promise.all([...this.#reports, this.#ahead.idle()]);
    return await this.#finish();
  }

  async #setup(): Promise<void> {
    if (this.#table.halt !== undefined) return;
    try {
      await this.#deps.engine.setup(this.#stage, this.#internal.signal);
    } catch (error) {
      if (this.#table.halt === undefined) this.#break(error);
    }
  }

  /** Starts and skips what can be, until nothing changes; then sees whether the stage is over. */
  #advance(): void {
    const { start, skip } = this.#table.advance();
    for (const step of skip) this.#track(this.#deps.report.stepEnded(step, SKIPPED));
    for (const step of start) this.#track(this.#runStep(step));
    if (this.#table.isSettled) this.#settled.resolve();
    else this.#ahead.pump();
  }

  async #runStep(step: PlanStep): Promise<void> {
    const preparing = this.#ahead.take(step);
    if (preparing !== undefined) await preparing;
    // An abort is met again by the task, which reports the step as killed.
    const leave = await this.#deps.slots?.acquire(this.#internal.signal).catch(() => undefined);
    await this.#runTask(step, () => leave?.()).finally(leave);
  }

  /** `leave` is called as soon as nobody waits for the step any more. */
  async #runTask(step: PlanStep, leave: () => void): Promise<void> {
    const environment = (): Readonly<Record<string, string>> => this.#environment(step);
    await this.#taskFor(step).run(environment, this.#internal.signal, {
      up: () => {
        leave();
        this.#table.up(step);
        this.#advance();
      },
      ended: (result) => {
        leave();
        this.#table.end(step, result);
        if (this.#table.halt === 'fast') this.#abortRunning();
        this.#advance();
      },
      amended: (result) => this.#table.amend(step, result),
    });
  }

  #taskFor(step: PlanStep): StepTask {
    const known = this.#tasks.get(step);
    if (known !== undefined) return known;
    const task = new StepTask(
      {
        engine: this.#deps.engine,
        report: this.#deps.report,
        openLog: this.#deps.openLog,
        notes: this.#deps.notesFor?.(step) ?? [],
        clock: this.#clock,
        masks: this.#masks,
        order: this.#order,
        isKilled: () => this.#isKilled(step),
        killReason: () => haltReason(this.#options.signal.reason),
        isCancelled: () => this.#options.signal.aborted,
        onFailure: (error) => this.#reportingFailed(error),
      },
      this.#stage,
      step,
      this.#options.logLimitBytes ?? DEFAULT_LOG_LIMIT_BYTES,
    );
    this.#tasks.set(step, task);
    return task;
  }

  /** A `fast` failure ends the steps beside it; services then end as they always do. */
  #isKilled(step: PlanStep): boolean {
    return this.#internal.signal.aborted && !(step.detached && this.#table.halt === 'fast');
  }

  #environment(step: PlanStep): Readonly<Record<string, string>> {
    return this.#deps.environmentFor(step, this.#table.state());
  }

  #worthPreparing(): readonly PlanStep[] {
    if (this.#table.halt !== undefined) return [];
    const skipped = this.#table.isFailing ? 'on-success' : 'on-failure';
    return this.#stage.plan.steps.filter(
      (step) => step.clone === undefined && step.runPolicy !== skipped && this.#table.isPending(step),
    );
  }

  /** Remembers what must be over before the stage is; a rejection ends the stage. */
  #track(report: Promise<void>): void {
    this.#reports.push(report.catch((error: unknown) => this.#reportingFailed(error)));
  }

  #reportingFailed(error: unknown): void {
    if (this.#error !== '') return;
    this.#error = maskText(this.#masks, `reporting failed: ${describeError(error)}`);
    this.#halt('error');
  }

  #break(error: unknown): void {
    this.#error = maskText(this.#masks, describeError(error));
    this.#halt('error');
  }

  #halt(reason: 'killed' | 'error'): void {
    this.#table.stop(reason);
    this.#abortRunning();
    this.#advance();
  }

  #abortRunning(): void {
    if (this.#internal.signal.aborted) return;
    this.#internal.abort(this.#options.signal.reason ?? new Error('the stage has been aborted'));
    for (const [step, task] of this.#tasks) {
      if (this.#isKilled(step)) this.#track(task.stop(this.#graceMs));
    }
  }

  async #stopDetached(): Promise<void> {
    const detached = [...this.#tasks].filter(([step]) => step.detached);
    await Promise.all(detached.map(([, task]) => task.stop(this.#graceMs)));
  }

  get #graceMs(): number {
    return this.#options.graceMs ?? DEFAULT_GRACE_MS;
  }

  async #finish(): Promise<StageOutcome> {
    const outcome = this.#outcome();
    const [reported, destroyed] = await Promise.allSettled([
      this.#deps.report.stageEnded?.(outcome),
      this.#deps.engine.destroy(this.#stage),
    ]);
    if (reported.status === 'rejected') this.#reportingFailed(reported.reason);
    const cleanupError = destroyed.status === 'rejected' ? describeError(destroyed.reason) : '';
    return { ...this.#outcome(), cleanupError };
  }

  #outcome(): StageOutcome {
    const outcome = this.#table.outcome();
    if (this.#error === '' || this.#table.halt === 'killed') return outcome;
    return { ...outcome, status: 'error', exitCode: ERROR_EXIT_CODE, error: this.#error };
  }
}
