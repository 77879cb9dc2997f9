import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { AppError } from '@sortie/core/errors';
import type { PlanStep } from '@sortie/core/plan';
import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import { drain } from '../drain.ts';
import type { StepExit, StepRun } from '../engine.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import { daemonMessage, statusOf, toDockerError } from './docker-error.ts';
import { FrameReader } from './frames.ts';

/**
 * One container from its creation to its end. Its output is attached and its end awaited before it starts, so
 * nothing can be missed, and `start` is a single call to the daemon.
 */
export class StepContainer {
  readonly container: Docker.Container;
  readonly #step: PlanStep;
  readonly #clock: Clock;
  readonly #drained: Promise<void>;
  readonly #ended: Promise<number>;
  /** Resolves when the program has ended and its output has been handed over. */
  readonly done: Promise<StepExit>;

  private constructor(
    docker: Docker.Container,
    step: PlanStep,
    attached: { readonly drained: Promise<void>; readonly ended: Promise<number> },
    clock: Clock,
  ) {
    this.container = docker;
    this.#step = step;
    this.#clock = clock;
    this.#drained = attached.drained;
    this.#ended = attached.ended;
    this.done = this.#finish();
    // The caller awaits `done` later, or never when the container is not used after all.
    this.done.catch(() => undefined);
  }

  /** Attaches to a container that has been created. `signal` cuts all connections to it. */
  static async attach(
    container: Docker.Container,
    run: StepRun,
    options: { readonly clock: Clock; readonly signal: AbortSignal },
  ): Promise<StepContainer> {
    const attach = { stream: true, stdout: true, stderr: true, abortSignal: options.signal };
    const stream = await container.attach(attach);
    const frames = new FrameReader();
    const drained = drain(stream instanceof Readable ? stream : new Readable().wrap(stream), (chunk) =>
      handOver(frames.read(chunk), run),
    );
    drained.catch(() => undefined);
    const ended = exitCodeOf(container, options.signal);
    ended.catch(() => undefined);
    return new StepContainer(container, run.step, { drained, ended }, options.clock);
  }

  /** Throws `step-start-failed` with what the daemon said. */
  async start(): Promise<void> {
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
      const cancel = this.#clock.after(graceMs, over.resolve);
      await Promise.race([Promise.allSettled([this.#ended]), over.promise]);
      cancel();
    }
    await this.#kill('SIGKILL');
    await Promise.allSettled([this.done]);
  }

  async #kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    try {
      await this.container.kill({ signal, abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    } catch (error) {
      // 409: it does not run, 404: it is gone.
      if (statusOf(error) !== 409 && statusOf(error) !== 404) {
        throw toDockerError(error, 'The container cannot be stopped');
      }
    }
  }

  async #finish(): Promise<StepExit> {
    try {
      const [exitCode] = await Promise.all([this.#ended, this.#drained]);
      return { exitCode, isOomKilled: exitCode !== 0 && (await this.#wasOutOfMemory(exitCode)) };
    } catch (error) {
      throw toDockerError(error, `The container of step ${this.#step.name} was lost`);
    }
  }

  /** Asked only where it can be, because it costs a call to the daemon. */
  async #wasOutOfMemory(exitCode: number): Promise<boolean> {
    if (this.#step.memoryLimitBytes === undefined && exitCode !== 137) return false;
    const { State } = await this.container.inspect({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    return State.OOMKilled;
  }
}

/**
 * Waits for the next end of the container. Docker sends the head of its answer at once and the rest at the end;
 * the client library never settles when the connection breaks in between, so the answer is read here.
 */
async function exitCodeOf(container: Docker.Container, signal: AbortSignal): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const request = {
    path: `/containers/${container.id}/wait?`,
    method: 'POST',
    options: { condition: 'next-exit' },
    isStream: true,
    abortSignal: signal,
    statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
  };
  container.modem.dial(request, (error: unknown, answer: unknown) => {
    if (error instanceof Error) reject(error);
    else resolve(answer);
  });
  const answer = await promise;
  if (!(answer instanceof Readable)) throw new TypeError('Docker gave no stream to wait on');
  const { StatusCode } = (await json(answer)) as { readonly StatusCode: number };
  return StatusCode;
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
