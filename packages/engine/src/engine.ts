import type { Plan, PlanStep } from '@sortie/core/plan';

/**
 * Runs the steps of a compiled pipeline on some kind of machine. The graph, policies, masking and log limits are
 * the executor's (`execute.ts`); an engine only does what it is told, one call at a time per step.
 *
 * **Order.** `setup` once, first. Then, per step and in this order: `prepare` (optional, may be left out or fail
 * without harm to `start`), `start`, `wait`; `stop` any time after `start` was called. `destroy` once, last;
 * after it no other call is made for that stage.
 *
 * **Concurrency.** Calls for different steps and different stages may overlap in any way. `prepare` for a later
 * step runs while earlier steps run.
 *
 * **Idempotence.** `stop` and `destroy` may be called again and for things that never existed or are gone; both
 * then succeed.
 *
 * **After a failure.** When `setup` throws, `destroy` is still called and must remove what had been made. When
 * `start` throws, the step does not run and never will; `wait` is not called. When `wait` throws, the state of
 * the step is unknown; the executor calls `stop`. `destroy` never leaves anything behind that it could remove:
 * it goes through all its duties and throws one error that lists what it could not remove.
 *
 * **Cancelling.** An aborted `signal` makes the call reject soon with the signal's reason; it does not stop a
 * step that has started (that is `stop`) and does not remove anything (that is `destroy`).
 *
 * **Traces.** Everything that an engine creates outside the process carries the label or file `io.drone=true`
 * and the owner id, so that `sweep` at the start of the next process finds what a crash left.
 */
export interface Engine {
  /** `docker`, `exec`, `dummy`. */
  readonly type: string;

  /**
   * True when nothing of a stage runs any more once its steps have ended, and `destroy` only removes: the next stage
   * then need not wait for it.
   */
  readonly removesAside?: boolean;

  /** Throws an `AppError` that says in one sentence why the engine cannot be used. */
  check(signal: AbortSignal): Promise<void>;

  /** Makes what the steps of one stage share: network, volumes, directories. */
  setup(stage: EngineStage, signal: AbortSignal): Promise<void>;

  /**
   * Does ahead of time what `start` would have to do: pull the image, create the container. Writes no output:
   * what there is to say goes to the log when the step starts.
   */
  prepare(stage: EngineStage, step: StepRun, signal: AbortSignal): Promise<void>;

  /**
   * Starts the step; resolves when it runs. Its output (both streams, in order of arrival) goes to `step.output`
   * until the end of the process. `output` may return a promise: the engine then stops reading until it resolves. The
   * bytes are good until the call returns; the engine may use their memory again.
   */
  start(stage: EngineStage, step: StepRun, signal: AbortSignal): Promise<void>;

  /** Resolves when the step has ended *and* all of its output has been handed over. */
  wait(stage: EngineStage, step: StepRun): Promise<StepExit>;

  /** Ends the step: TERM to all of its processes, KILL after `graceMs`. Resolves when it has ended. */
  stop(stage: EngineStage, step: StepRun, graceMs: number): Promise<void>;

  /** Ends what still runs and removes everything that belongs to the stage. */
  destroy(stage: EngineStage): Promise<void>;

  /** Removes what earlier processes of the same owner left behind. Returns what was removed, for the log. */
  sweep(): Promise<readonly string[]>;

  /** Gives back what the engine keeps ready between stages. The last call. */
  close(): Promise<void>;
}

/** One stage as an engine sees it. `id` is unique per attempt and safe in names of files and containers. */
export interface EngineStage {
  readonly id: string;
  readonly plan: Plan;
  /** For the built-in clone step; absent when the repository can be read by everyone. */
  readonly cloneCredentials?: { readonly machine: string; readonly login: string; readonly password: string };
  /** For pulling images; the first whose host is that of the image counts. */
  readonly registries?: readonly RegistryCredentials[];
}

export interface RegistryCredentials {
  /** A host, with its port if any, or the address that `docker login` was given. */
  readonly address: string;
  readonly username: string;
  readonly password: string;
}

/** One step as an engine sees it. The same object goes to all calls for the step. */
export interface StepRun {
  readonly step: PlanStep;
  /**
   * The complete environment at the time of the call. What `start` receives counts; `prepare` receives what is
   * known then, and an engine that has used it must do its work again when the two differ in more than
   * `VOLATILE_ENVIRONMENT`.
   */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Takes what the step has written, and copies what it keeps: the bytes are good until the call returns, and the engine
   * may use their memory again. A promise holds the step back until it resolves.
   */
  readonly output: (bytes: Uint8Array) => void | Promise<void>;
}

/** Names whose values are the time of asking; a difference in them alone is not worth a new container. */
export const VOLATILE_ENVIRONMENT: ReadonlySet<string> = new Set([
  'DRONE_BUILD_FINISHED',
  'DRONE_BUILD_STARTED',
  'DRONE_STAGE_FINISHED',
  'DRONE_STAGE_STARTED',
  'CI_BUILD_FINISHED',
  'CI_BUILD_STARTED',
]);

export interface StepExit {
  /** 128 + number for a process that a signal ended. */
  readonly exitCode: number;
  readonly isOomKilled: boolean;
}
