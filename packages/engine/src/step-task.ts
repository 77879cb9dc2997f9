import type { PlanStep } from '@sortie/core/plan';
import type { StepReason } from '@sortie/core/step';
import { type Clock, unixSeconds } from './clock.ts';
import type { Engine, EngineStage, StepExit, StepRun } from './engine.ts';
import { describeError } from './failure.ts';
import { LogWriter } from './log-writer.ts';
import type { MaskIndex } from './mask-index.ts';
import { maskText } from './masker.ts';
import type { ReportOrder } from './report-order.ts';
import type { OpenLog, StageReporter } from './stage-reporter.ts';
import { errorReason, exitReason, exitText } from './step-reason.ts';
import { ERROR_EXIT_CODE, KILLED_EXIT_CODE, type StepResult } from './step-table.ts';

export interface StepTaskDeps {
  readonly engine: Engine;
  readonly report: StageReporter;
  readonly openLog: OpenLog;
  /** The first lines of the log. */
  readonly notes: readonly string[];
  readonly clock: Clock;
  readonly masks: MaskIndex;
  readonly order: ReportOrder;
  /** True when the step has been aborted: whatever it says afterwards, it was killed. */
  readonly isKilled: () => boolean;
  /** Why, when `isKilled`. */
  readonly killReason: () => StepReason;
  /** True when the stage has been ended from outside, so that nothing of it counts any more. */
  readonly isCancelled: () => boolean;
  /** The log or a card could not be delivered. */
  readonly onFailure: (error: unknown) => void;
}

/** Told as soon as it happens, before log and reports are through. */
export interface StepEvents {
  up(): void;
  ended(result: StepResult): void;
  /** After `ended`: the log of the step could not be kept, so that it is an error whatever its program has said. */
  amended(result: StepResult): void;
}

/**
 * One step from its preparation to its last report. The next step does not wait for this one's log and reports:
 * only `StepEvents` are in its way.
 */
export class StepTask {
  readonly #deps: StepTaskDeps;
  readonly #stage: EngineStage;
  readonly #step: PlanStep;
  readonly #logLimitBytes: number;
  readonly #run: { -readonly [K in keyof StepRun]: StepRun[K] };
  #log: LogWriter | undefined;
  readonly #cards: Promise<void>[] = [];
  /** Rejects when the step could not be stopped, so that nobody waits for it for ever. */
  readonly #givenUp = Promise.withResolvers<never>();
  #hasStarted = false;
  #hasEnded = false;
  #isStopped = false;
  #finished: Promise<void> | undefined;
  /** Why the log could not be kept. */
  #unkept: { readonly error: unknown } | undefined;

  constructor(deps: StepTaskDeps, stage: EngineStage, step: PlanStep, logLimitBytes: number) {
    this.#deps = deps;
    this.#stage = stage;
    this.#step = step;
    this.#logLimitBytes = logLimitBytes;
    this.#run = { step, environment: {}, output: (bytes) => this.#log?.write(bytes) };
    this.#givenUp.promise.catch(() => undefined);
  }

  /** The run object with the environment as far as it is known. */
  prepared(environment: Readonly<Record<string, string>>): StepRun {
    this.#run.environment = environment;
    return this.#run;
  }

  /** Resolves when the step has ended and everything about it has been reported. */
  run(
    environment: () => Readonly<Record<string, string>>,
    signal: AbortSignal,
    events: StepEvents,
  ): Promise<void> {
    this.#finished = this.#execute(environment, signal, events);
    return this.#finished;
  }

  /** Ends the step if it runs; resolves when `run` has. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    if (this.#hasStarted && !this.#hasEnded) {
      await this.#deps.engine.stop(this.#stage, this.#run, graceMs).catch(this.#givenUp.reject);
    }
    await this.#finished;
  }

  async #execute(
    environment: () => Readonly<Record<string, string>>,
    signal: AbortSignal,
    events: StepEvents,
  ): Promise<void> {
    const { report, clock, order, onFailure } = this.#deps;
    const started = unixSeconds(clock);
    const reportStart = async (): Promise<void> => {
      await order.settled();
      await report.stepStarted(this.#step, started);
    };
    const reported = reportStart();
    // Awaited below; without this a rejection while the step runs would count as unhandled.
    reported.catch(onFailure);
    const end = await this.#runToEnd(environment, reported, signal, events);
    const result = { ...end, started, stopped: unixSeconds(clock) };
    this.#hasEnded = true;
    if (end.error !== '') void this.#log?.write(new TextEncoder().encode(`${end.error}\n`));
    const reportedEnd = order.ended();
    try {
      events.ended(result);
      await this.#log?.close();
      const told = { ...result, ...this.#lossOfLog() };
      if (this.#unkept !== undefined) events.amended(told);
      await reported;
      await Promise.all(this.#cards);
      await report.stepEnded(this.#step, told);
    } finally {
      reportedEnd();
    }
  }

  async #runToEnd(
    environment: () => Readonly<Record<string, string>>,
    reported: Promise<void>,
    signal: AbortSignal,
    events: StepEvents,
  ): Promise<StepEnd> {
    const { engine, isKilled } = this.#deps;
    try {
      this.#openLog(reported);
      for (const note of this.#deps.notes) void this.#log?.write(new TextEncoder().encode(`${note}\n`));
      await unlessAborted(this.#deps.order.began(reported), signal);
      if (isKilled()) return this.#killed;
      this.#run.environment = environment();
      await engine.start(this.#stage, this.#run, signal);
      this.#hasStarted = true;
      if (isKilled()) await engine.stop(this.#stage, this.#run, 0);
      if (this.#step.detached) events.up();
      const exit = await Promise.race([engine.wait(this.#stage, this.#run), this.#givenUp.promise]);
      return this.#toResult(exit);
    } catch (error) {
      // The state of the step is unknown; that it is over must be true.
      if (this.#hasStarted) await Promise.allSettled([engine.stop(this.#stage, this.#run, 0)]);
      if (signal.aborted) return this.#killed;
      const text = maskText(this.#deps.masks, describeError(error));
      return { status: 'error', exitCode: ERROR_EXIT_CODE, error: text, reason: errorReason(error) };
    }
  }

  #toResult(exit: StepExit): StepEnd {
    if (this.#deps.isKilled()) return this.#killed;
    if (this.#isStopped) return { status: 'success', exitCode: 0, error: '' };
    const { exitCode } = exit;
    // The real exit code of a detached step is information; it never makes a step or stage fail.
    if (this.#step.detached || exitCode === 0 || exitCode === 78) {
      return { status: 'success', exitCode, error: '' };
    }
    return {
      status: 'failure',
      exitCode: exit.isOomKilled ? KILLED_EXIT_CODE : exitCode,
      error: exitText(this.#step, exit),
      reason: exitReason(exit),
    };
  }

  #lossOfLog(): StepEnd | undefined {
    if (this.#unkept === undefined) return undefined;
    const { error } = this.#unkept;
    const text = maskText(this.#deps.masks, describeError(error));
    return { status: 'error', exitCode: ERROR_EXIT_CODE, error: text, reason: errorReason(error) };
  }

  get #killed(): StepEnd {
    return { status: 'killed', exitCode: KILLED_EXIT_CODE, error: '', reason: this.#deps.killReason() };
  }

  #openLog(reported: Promise<void>): void {
    const { clock, masks, isCancelled } = this.#deps;
    const onFailure = (error: unknown): void => {
      if (!isCancelled()) this.#unkept = { error };
      this.#deps.onFailure(error);
    };
    const sink = this.#deps.openLog(this.#step);
    this.#log = new LogWriter(
      {
        sink: {
          write: async (piece) => {
            await reported;
            await sink.write(piece);
          },
          close: () => sink.close(),
        },
        clock,
        masks,
        onCard: (text) => this.#card(text),
        onFailure,
      },
      this.#logLimitBytes,
    );
  }

  #card(text: string): void {
    const sent = this.#deps.report.stepCard?.(this.#step, text);
    if (sent !== undefined) this.#cards.push(sent.catch(this.#deps.onFailure));
  }
}

/** A server that is away must not hold up the end of a stage. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

type StepEnd = Pick<StepResult, 'status' | 'exitCode' | 'error' | 'reason'>;
