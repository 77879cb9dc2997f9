import { AppError } from '@sortie/core/errors';
import type { Engine, EngineStage, StepExit, StepRun } from '../engine.ts';
import { orAborted, throwIfAborted } from '../failure.ts';

/** One call that the engine has received, for example `start build`; `setup` and `destroy` have no step. */
export interface DummyCall {
  readonly name: 'setup' | 'prepare' | 'start' | 'wait' | 'stop' | 'destroy';
  readonly stageId: string;
  readonly step: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface DummyStep {
  readonly exit: PromiseWithResolvers<StepExit>;
  readonly done: Promise<StepExit>;
}

/**
 * An engine in memory: no programs and no time, so that tests of the executor and of runners are exact. Each step
 * is told what to do by its environment:
 *
 * - `DUMMY_OUTPUT`: what it prints once it runs. `DUMMY_CHUNK`: in pieces of so many bytes.
 * - `DUMMY_PRINT`: it prints the value of the variable with this name, and a newline.
 * - `DUMMY_WAIT_FOR`: it ends only after `emit` was called with this name.
 * - `DUMMY_EXIT`: its exit code, 0 by default. `DUMMY_OOM=true`: the kernel killed it for memory.
 * - `DUMMY_FAIL_PREPARE`, `DUMMY_FAIL_START`, `DUMMY_FAIL_WAIT`: the call throws with this text.
 * - `DUMMY_HOLD_START`: `start` returns only after `emit` was called with this name.
 * - `DUMMY_IGNORE_TERM=true`: `stop` ends it with KILL (137) and not with TERM (143).
 */
export class DummyEngine implements Engine {
  readonly type = 'dummy';
  /** Everything that was called, in order. */
  readonly calls: DummyCall[] = [];
  /** When set, `setup` throws it. */
  setupFailure: Error | undefined;
  readonly #emitted = new Set<string>();
  readonly #listeners = new Map<string, PromiseWithResolvers<void>>();
  readonly #stages = new Map<string, Map<StepRun, DummyStep>>();
  readonly #callListeners = new Set<(call: DummyCall) => void>();

  /** Lets everything go on that waits for this event, now and later. */
  emit(event: string): void {
    this.#emitted.add(event);
    this.#listeners.get(event)?.resolve();
  }

  /** Resolves when the call has been made, at once if it already was. */
  async called(name: DummyCall['name'], step = ''): Promise<DummyCall> {
    const matches = (call: DummyCall): boolean => call.name === name && call.step === step;
    const found = this.calls.find(matches);
    if (found !== undefined) return found;
    const { promise, resolve } = Promise.withResolvers<DummyCall>();
    const listener = (call: DummyCall): void => {
      if (matches(call)) resolve(call);
    };
    this.#callListeners.add(listener);
    return await promise.finally(() => this.#callListeners.delete(listener));
  }

  /** Ids of stages that have been set up and not destroyed. */
  get liveStages(): readonly string[] {
    return [...this.#stages.keys()];
  }

  async check(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
  }

  async setup(stage: EngineStage, signal: AbortSignal): Promise<void> {
    this.#record('setup', stage);
    throwIfAborted(signal);
    this.#stages.set(stage.id, new Map());
    if (this.setupFailure !== undefined) throw this.setupFailure;
  }

  async prepare(stage: EngineStage, step: StepRun, signal: AbortSignal): Promise<void> {
    this.#record('prepare', stage, step);
    throwIfAborted(signal);
    const failure = step.environment.DUMMY_FAIL_PREPARE;
    if (failure !== undefined) throw new AppError('image-pull-failed', failure);
  }

  async start(stage: EngineStage, step: StepRun, signal: AbortSignal): Promise<void> {
    this.#record('start', stage, step);
    throwIfAborted(signal);
    const { DUMMY_FAIL_START: failure, DUMMY_HOLD_START: hold } = step.environment;
    if (hold !== undefined) await orAborted(this.#event(hold), signal);
    if (failure !== undefined) throw new AppError('step-start-failed', failure);
    const steps = this.#stages.get(stage.id);
    if (steps === undefined)
      throw new AppError('engine-failed', 'start was called outside of setup and destroy');
    const exit = Promise.withResolvers<StepExit>();
    steps.set(step, { exit, done: this.#live(step, exit) });
  }

  async wait(stage: EngineStage, step: StepRun): Promise<StepExit> {
    this.#record('wait', stage, step);
    const running = this.#stages.get(stage.id)?.get(step);
    if (running === undefined)
      throw new AppError('engine-failed', 'wait was called for a step that has not started');
    const failure = step.environment.DUMMY_FAIL_WAIT;
    if (failure !== undefined) throw new AppError('docker-unreachable', failure);
    return await running.done;
  }

  async stop(stage: EngineStage, step: StepRun, _graceMs: number): Promise<void> {
    this.#record('stop', stage, step);
    const running = this.#stages.get(stage.id)?.get(step);
    const exitCode = step.environment.DUMMY_IGNORE_TERM === 'true' ? 137 : 143;
    running?.exit.resolve({ exitCode, isOomKilled: false });
    await running?.done;
  }

  async destroy(stage: EngineStage): Promise<void> {
    this.#record('destroy', stage);
    for (const { exit } of this.#stages.get(stage.id)?.values() ?? []) {
      exit.resolve({ exitCode: 137, isOomKilled: false });
    }
    this.#stages.delete(stage.id);
  }

  async sweep(): Promise<readonly string[]> {
    return [];
  }

  async close(): Promise<void> {
    this.#stages.clear();
  }

  /** The life of a step: it prints, it waits, it ends; or it is ended. */
  async #live(step: StepRun, exit: PromiseWithResolvers<StepExit>): Promise<StepExit> {
    const { DUMMY_OUTPUT, DUMMY_PRINT, DUMMY_CHUNK, DUMMY_EXIT, DUMMY_OOM, DUMMY_WAIT_FOR } =
      step.environment;
    const printed = DUMMY_PRINT === undefined ? '' : `${step.environment[DUMMY_PRINT] ?? ''}\n`;
    const bytes = new TextEncoder().encode((DUMMY_OUTPUT ?? '') + printed);
    const size = Number(DUMMY_CHUNK ?? bytes.length);
    for (let at = 0; at < bytes.length; at += size) await step.output(bytes.subarray(at, at + size));
    const isOomKilled = DUMMY_OOM === 'true';
    const own = { exitCode: Number(DUMMY_EXIT ?? (isOomKilled ? 137 : 0)), isOomKilled };
    if (DUMMY_WAIT_FOR === undefined) exit.resolve(own);
    else void this.#event(DUMMY_WAIT_FOR).then(() => exit.resolve(own));
    return await exit.promise;
  }

  #event(name: string): Promise<void> {
    if (this.#emitted.has(name)) return Promise.resolve();
    const listener = this.#listeners.get(name) ?? Promise.withResolvers<void>();
    this.#listeners.set(name, listener);
    return listener.promise;
  }

  #record(name: DummyCall['name'], stage: EngineStage, run?: StepRun): void {
    const call = { name, stageId: stage.id, step: run?.step.name ?? '', environment: run?.environment ?? {} };
    this.calls.push(call);
    for (const listener of [...this.#callListeners]) listener(call);
  }
}
