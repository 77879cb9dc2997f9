import type { Duplex } from 'node:stream';
import type { PlanStep } from '@sortie/core/plan';
import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import { drain } from '../drain.ts';
import type { StepExit, StepRun } from '../engine.ts';
import { attachStreams } from './attach.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import { type ContainerDefaults, hasMemoryLimit } from './container-config.ts';
import { awaitExit, isOver } from './container-end.ts';
import { daemonMessage, statusOf, toDockerError } from './docker-error.ts';
import type { EndMarks } from './end-mark.ts';
import type { ExitEvents } from './exit-events.ts';
import { FrameReader } from './frames.ts';
import { startFailed } from './start-error.ts';

/** The daemon learns of the kernel's kill on another way than of the end, and sometimes later. */
const OOM_DELAYS_MS = [50, 250];

const KILL_ALL = ['/bin/sh', '-c', 'kill -TERM -1'];

/** What a daemon under load may take to run it; the step gets its whole grace after that. */
const TERMINATE_TIMEOUT_MS = 3000;

export interface AttachOptions {
  readonly clock: Clock;
  /** Cuts all connections to the container. */
  readonly signal: AbortSignal;
  readonly defaults: ContainerDefaults;
  readonly exits: ExitEvents;
  /** Of a container that was made to block on its input. */
  readonly marks: EndMarks | undefined;
}

interface Attached {
  readonly drained: Promise<void>;
  /** The container has said that all went well, and its output has been handed over. */
  readonly marked: Promise<void>;
  readonly ended: Promise<number>;
  /** As `ended`, after the daemon has done all that belongs to the end. */
  readonly waited: Promise<number>;
  /** The input of a waiting container. */
  readonly input: Duplex | undefined;
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
    const { signal, marks } = options;
    const attaching = attachStreams(container, { hasInput: marks !== undefined, signal });
    const { output, input } = await attaching.catch((error: unknown) => {
      if (statusOf(error) === undefined) throw error;
      // Podman prepares the program at this point already.
      const message = daemonMessage(error).replace(/^preparing container \w+ for attach: /, '');
      throw startFailed(run.step, message, error);
    });
    const marked = Promise.withResolvers<void>();
    const frames = new FrameReader(marks);
    const take = (chunk: Buffer): void | Promise<void> => {
      const taken = handOver(frames.read(chunk), run);
      if (marks?.areSeen) void Promise.resolve(taken).then(marked.resolve, marked.reject);
      return taken;
    };
    const drained = drain(output, take).then(() => handOver(marks?.rest() ?? [], run));
    drained.catch(() => undefined);
    marked.promise.catch(() => undefined);
    const { exitCode: waited } = await awaitExit(container, signal);
    const ended = Promise.race([waited, options.exits.next(container.id)]);
    waited.catch(() => undefined);
    ended.catch(() => undefined);
    const attached = { drained, marked: marked.promise, ended, waited, input };
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
    this.#attached.input?.write(line);
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
      const exitCode = await Promise.race([told, marked.then(() => 0)]);
      return { exitCode, isOomKilled: exitCode !== 0 && (await this.#wasOutOfMemory(exitCode)) };
    } catch (error) {
      throw toDockerError(error, `The container of step ${this.#step.name} was lost`);
    }
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

/** One after the other; stays synchronous as long as the log takes everything at once. */
function handOver(parts: readonly Uint8Array[], run: StepRun): void | Promise<void> {
  for (const [at, part] of parts.entries()) {
    const taken = run.output(part);
    if (taken !== undefined) return taken.then(() => handOver(parts.slice(at + 1), run));
  }
}
