import type { Duplex } from 'node:stream';
import { json } from 'node:stream/consumers';
import { AppError } from '@sortie/core/errors';
import type { PlanStep } from '@sortie/core/plan';
import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import { drain } from '../drain.ts';
import type { StepExit, StepRun } from '../engine.ts';
import { attachStreams } from './attach.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import { type ContainerDefaults, hasMemoryLimit } from './container-config.ts';
import { dial } from './dial.ts';
import { daemonMessage, statusOf, toDockerError } from './docker-error.ts';
import type { ExitEvents } from './exit-events.ts';
import { FrameReader } from './frames.ts';

/** The daemon learns of the kernel's kill on another way than of the end, and sometimes later. */
const OOM_DELAYS_MS = [50, 250];

export interface AttachOptions {
  readonly clock: Clock;
  /** Cuts all connections to the container. */
  readonly signal: AbortSignal;
  readonly defaults: ContainerDefaults;
  readonly exits: ExitEvents;
  /** The container was made to block on its input. */
  readonly isWaiting: boolean;
}

interface Attached {
  readonly drained: Promise<void>;
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
    const { signal, isWaiting } = options;
    const attaching = attachStreams(container, { hasInput: isWaiting, signal });
    const { output, input } = await attaching.catch((error: unknown) => {
      if (statusOf(error) === undefined) throw error;
      // Podman prepares the program at this point already.
      const message = daemonMessage(error).replace(/^preparing container \w+ for attach: /, '');
      throw startFailed(run.step, message, error);
    });
    const frames = new FrameReader();
    const drained = drain(output, (chunk) => handOver(frames.read(chunk), run));
    drained.catch(() => undefined);
    const { exitCode: waited } = await awaitExit(container, signal);
    const ended = Promise.race([waited, options.exits.next(container.id)]);
    waited.catch(() => undefined);
    ended.catch(() => undefined);
    return new StepContainer(container, run.step, { drained, ended, waited, input }, options);
  }

  /** Starts a waiting container unless it has been. False when it cannot be used; it is then left alone. */
  startWaiting(): Promise<boolean> {
    this.#waits ??= this.start().then(
      () => true,
      () => false,
    );
    return this.#waits.then((isStarted) => isStarted && !this.#hasEnded);
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
    } catch (error) {
      if (statusOf(error) === undefined) throw toDockerError(error, 'The container cannot be started');
      throw startFailed(this.#step, daemonMessage(error), error);
    }
  }

  /** TERM, KILL after the grace; resolves when the container has ended. */
  async stop(graceMs: number): Promise<void> {
    if (graceMs > 0) {
      await this.#kill('SIGTERM');
      const over = Promise.withResolvers<void>();
      const cancel = this.#options.clock.after(graceMs, over.resolve);
      await Promise.race([Promise.allSettled([this.#attached.ended]), over.promise]);
      cancel();
    }
    await this.#kill('SIGKILL');
    await Promise.allSettled([this.done]);
  }

  async #kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    try {
      await this.container.kill({ signal, abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    } catch (error) {
      if (!isOver(error)) {
        throw toDockerError(error, 'The container cannot be stopped');
      }
    }
  }

  async #finish(): Promise<StepExit> {
    try {
      const [exitCode] = await Promise.all([this.#attached.ended, this.#attached.drained]);
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

/**
 * Asks for the next end of the container, and resolves when the daemon knows of the question: whoever starts the
 * container sooner may wait for ever. Docker sends the head of its answer at once and the rest at the end; the client
 * library never settles when the connection breaks in between, so the answer is read here.
 */
async function awaitExit(
  container: Docker.Container,
  signal: AbortSignal,
): Promise<{ readonly exitCode: Promise<number> }> {
  const answer = await dial(container, {
    path: `/containers/${container.id}/wait?`,
    options: { condition: 'next-exit' },
    abortSignal: signal,
  });
  const exitCode = json(answer).then((end) => (end as { readonly StatusCode: number }).StatusCode);
  return { exitCode };
}

/** True when a signal found no running container: 409 in Docker, 500 in Podman; with 404 it is gone. */
function isOver(error: unknown): boolean {
  const status = statusOf(error);
  if (status === 500) return /can only kill running containers/.test(daemonMessage(error));
  return status === 409 || status === 404;
}

/** One after the other; stays synchronous as long as the log takes everything at once. */
function handOver(parts: readonly Uint8Array[], run: StepRun): void | Promise<void> {
  for (const [at, part] of parts.entries()) {
    const taken = run.output(part);
    if (taken !== undefined) return taken.then(() => handOver(parts.slice(at + 1), run));
  }
}

function startFailed(step: PlanStep, message: string, cause: unknown): AppError {
  if (step.script !== undefined && message.includes('/bin/sh')) {
    return new AppError(
      'step-start-failed',
      `The image ${step.image} has no /bin/sh, so it cannot run commands.`,
      {
        hint: 'Use an image with a shell, or run its own program with settings, entrypoint or command.',
        cause,
      },
    );
  }
  if (message.includes('argument list too long')) {
    return new AppError(
      'step-start-failed',
      'The environment of the step is too large for the operating system.',
      {
        hint: 'Put large values into files; one variable can hold 128 KiB.',
        cause,
      },
    );
  }
  return new AppError('step-start-failed', `The step ${step.name} cannot be started: ${message}`, { cause });
}
