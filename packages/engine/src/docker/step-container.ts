import type { PlanStep } from '@sortie/core/plan';
import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import type { StepExit, StepRun } from '../engine.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import { type ContainerDefaults, hasMemoryLimit } from './container-config.ts';
import { awaitExit, isOver } from './container-end.ts';
import { daemonMessage, statusOf, toDockerError } from './docker-error.ts';
import type { EndMarks } from './end-mark.ts';
import type { ExitEvents } from './exit-events.ts';
import { startFailed } from './start-error.ts';
import { readOutput, type StepOutput } from './step-output.ts';

/** The daemon learns of the kernel's kill on another way than of the end, and sometimes later. */
const OOM_DELAYS_MS = [50, 250];

const KILL_ALL = ['/bin/sh', '-c', 'kill -TERM -1'];

/** What a daemon under load may take to run it; the step gets its whole grace after that. */
const TERMINATE_TIMEOUT_MS = 3000;

/** A first process ends at once when it has said its mark, and the daemon tells so within this time. */
const MARK_TO_END_MS = 1000;

/** A shell that is let go has begun with its commands by then. */
const UNDER_WAY_MS = 50;

export interface AttachOptions {
  readonly clock: Clock;
  /** Cuts all connections to the container. */
  readonly signal: AbortSignal;
  readonly defaults: ContainerDefaults;
  readonly exits: ExitEvents;
  /** Of a container that was made to block on its input. */
  readonly marks: EndMarks | undefined;
}

interface Attached extends StepOutput {
  readonly ended: Promise<number>;
  /** As `ended`, after the daemon has done all that belongs to the end. */
  readonly waited: Promise<number>;
}

/**
 * One container from its creation to its end. Its output is attached and its end awaited before it starts, so
 * nothing can be missed, and `start` is a single call to the daemon.
 */
export class StepContainer {
  readonly container: Docker.Container;
  readonly #step: PlanStep;
  readonly #options: AttachOptions;
  readonly #attached: Attached;
  #isUp = false;
  #hasEnded = false;
  #leaving: Promise<void> = Promise.resolve();
  #waits: Promise<boolean> | undefined;
  #started: Promise<void> = Promise.resolve();
  /** Resolves when the program has ended and its output has been handed over. */
  readonly done: Promise<StepExit>;

  private constructor(docker: Docker.Container, step: PlanStep, attached: Attached, options: AttachOptions) {
    this.container = docker;
    this.#step = step;
    this.#options = options;
    this.#attached = attached;
    this.done = this.#finish();
    const onEnd = (): void => {
      this.#hasEnded = true;
    };
    attached.ended.then(onEnd, onEnd);
    // The caller awaits `done` later, or never when the container is not used after all.
    this.done.catch(() => undefined);
  }

  /** Attaches to a container that has been created. */
  static async attach(
    container: Docker.Container,
    run: StepRun,
    options: AttachOptions,
  ): Promise<StepContainer> {
    const { signal } = options;
    const output = await readOutput(container, run, options);
    const { exitCode: waited } = await awaitExit(container, signal);
    const ended = Promise.race([waited, options.exits.next(container.id)]);
    waited.catch(() => undefined);
    ended.catch(() => undefined);
    const attached = { ...output, ended, waited };
    return new StepContainer(container, run.step, attached, options);
  }

  /** Starts a waiting container unless it has been. False when it cannot be used; it is then left alone. */
  startWaiting(): Promise<boolean> {
    this.#waits ??= this.start().then(
      () => true,
      () => false,
    );
    return this.#waits.then((isStarted) => isStarted && !this.#hasEnded);
  }

  /** What a waiting container says at its end. */
  get endMark(): string | undefined {
    return this.#options.marks?.text;
  }

  /** The turn of a waiting container has come; `line` is what its shell runs. */
  release(line: string): void {
    // Not ended: what stands between us and the daemon may take the end of one direction for that of both.
    this.#attached.write(line);
  }

  /** Resolves when a released step is at work: with its first output, its end, or a moment later. */
  async underWay(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(UNDER_WAY_MS, resolve);
    await Promise.race([promise, this.#attached.heard, Promise.allSettled([this.#attached.ended])]);
    cancel();
  }

  /** Throws `step-start-failed` with what the daemon said. */
  start(): Promise<void> {
    this.#started = this.#start();
    return this.#started;
  }

  /**
   * Resolves when no start is under way: a container that is removed meanwhile stays in its network. False after a
   * start that failed, of which nobody knows what it has left there.
   */
  async settled(): Promise<boolean> {
    const [started] = await Promise.allSettled([this.#started]);
    return started.status === 'fulfilled';
  }

  /**
   * Resolves when a container that has said its mark is down, or should be: removing it sooner makes the daemon start
   * programs of its own to kill what is ending anyway.
   */
  gone(): Promise<void> {
    return this.#leaving;
  }

  async #start(): Promise<void> {
    try {
      await this.container.start({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
      this.#isUp = true;
    } catch (error) {
      if (statusOf(error) === undefined) throw toDockerError(error, 'The container cannot be started');
      throw startFailed(this.#step, daemonMessage(error), error);
    }
  }

  /** TERM, KILL after the grace; resolves when the container has ended. */
  async stop(graceMs: number): Promise<void> {
    // A start that is under way would bring up what nobody stops any more.
    await this.settled();
    if (graceMs > 0) {
      await this.#terminate();
      const over = Promise.withResolvers<void>();
      const cancel = this.#options.clock.after(graceMs, over.resolve);
      await Promise.race([Promise.allSettled([this.#attached.ended]), over.promise]);
      cancel();
    }
    const wasThere = await this.#kill('SIGKILL');
    // One that never ran has no end to wait for.
    if (wasThere || this.#isUp) await Promise.allSettled([this.done]);
  }

  /**
   * The script of a step is a child of the first process, which takes no signal for it (`runScript`): a second shell in
   * the container passes it on to everything there.
   */
  async #terminate(): Promise<void> {
    const { script, shell } = this.#step;
    if (script === undefined || shell !== undefined) {
      await this.#kill('SIGTERM');
      return;
    }
    const abortSignal = AbortSignal.timeout(TERMINATE_TIMEOUT_MS);
    const asking = async (): Promise<void> => {
      // Podman refuses an exec without output.
      const exec = await this.container.exec({ Cmd: KILL_ALL, AttachStdout: true, abortSignal });
      (await exec.start({ abortSignal })).on('error', () => undefined).resume();
    };
    // Whatever comes of it, KILL follows, whose errors count.
    await Promise.race([Promise.allSettled([asking()]), Promise.allSettled([this.#attached.ended])]);
  }

  /** False when there was nobody to receive it. */
  async #kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
    try {
      await this.container.kill({ signal, abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
      return true;
    } catch (error) {
      if (isOver(error)) return false;
      throw toDockerError(error, 'The container cannot be stopped');
    }
  }

  async #finish(): Promise<StepExit> {
    try {
      const { ended, drained, marked } = this.#attached;
      const told = Promise.all([ended, drained]).then(([code]) => code);
      const exitCode = await Promise.race([told, marked.then(() => this.#endedWell())]);
      return { exitCode, isOomKilled: exitCode !== 0 && (await this.#wasOutOfMemory(exitCode)) };
    } catch (error) {
      throw toDockerError(error, `The container of step ${this.#step.name} was lost`);
    }
  }

  /** What says the mark itself and goes on is not left to run beside the next steps. */
  #endedWell(): number {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(MARK_TO_END_MS, () => {
      // What resists is removed with its stage, whose errors count.
      this.#kill('SIGKILL').catch(() => undefined);
      resolve();
    });
    this.#leaving = Promise.race([over, Promise.allSettled([this.#attached.ended]).then(cancel)]);
    return 0;
  }

  /** Asked only where it can be, because it costs a call to the daemon. */
  async #wasOutOfMemory(exitCode: number): Promise<boolean> {
    if (!hasMemoryLimit(this.#step, this.#options.defaults) && exitCode !== 137) return false;
    const { exits, clock } = this.#options;
    for (const delayMs of OOM_DELAYS_MS) {
      await this.#attached.waited;
      const { State } = await this.container.inspect({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
      if (State.OOMKilled || exits.wasOutOfMemory(this.container.id)) return true;
      if (exitCode !== 137) return false;
      const { promise, resolve } = Promise.withResolvers<void>();
      clock.after(delayMs, resolve);
      await promise;
    }
    return exits.wasOutOfMemory(this.container.id);
  }
}
