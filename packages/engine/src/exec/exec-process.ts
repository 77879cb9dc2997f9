import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants as osConstants } from 'node:os';
import { AppError } from '@sortie/core/errors';
import type { Clock } from '../clock.ts';
import { drain } from '../drain.ts';
import type { StepExit, StepRun } from '../engine.ts';
import { describeError } from '../failure.ts';
import { killGroup } from '../process-group.ts';

/** After the shell has ended: a child in the background that holds the output open is not waited for. */
const QUIET_MS = 250;

export interface ExecCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A named pipe for both output streams, so that their order is kept. Node's own are sockets, on which
   * `echo > /dev/stdout` fails. */
  readonly pipe: string;
}

/** One step: a shell in a process group of its own. */
export class ExecProcess {
  readonly pid: number;
  /** Resolves when the shell has ended and its output has been handed over. */
  readonly done: Promise<StepExit>;
  readonly #clock: Clock;
  readonly #exited: Promise<StepExit>;

  private constructor(
    child: ChildProcess,
    pid: number,
    output: Socket,
    take: StepRun['output'],
    clock: Clock,
  ) {
    this.pid = pid;
    this.#clock = clock;
    this.#exited = once(child, 'exit').then(([code, signal]) => toExit(code, signal));
    this.done = this.#follow(output, take);
    // The caller awaits `done` later; a failure before that is not unhandled.
    this.done.catch(() => undefined);
  }

  /** Throws `step-start-failed` when the program cannot be run. */
  static async start(command: ExecCommand, take: StepRun['output'], clock: Clock): Promise<ExecProcess> {
    // The reader must be there first and must not wait for a writer.
    const reader = openSync(command.pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const output = new Socket({ fd: reader, readable: true, writable: false });
    const writer = openSync(command.pipe, constants.O_WRONLY);
    try {
      const child = spawnShell(command, writer);
      if (child.pid !== undefined) return new ExecProcess(child, child.pid, output, take, clock);
      const [cause] = await once(child, 'error');
      throw cause;
    } catch (cause) {
      output.destroy();
      throw toStartError(command, cause);
    } finally {
      closeSync(writer);
    }
  }

  /** TERM to the group, KILL after the grace. Resolves when the step has ended; no process of the group is left. */
  async stop(graceMs: number): Promise<void> {
    killGroup(this.pid, 'SIGTERM');
    const over = Promise.withResolvers<void>();
    const cancel = this.#clock.after(graceMs, over.resolve);
    await Promise.race([this.#exited, over.promise]);
    cancel();
    killGroup(this.pid, 'SIGKILL');
    await Promise.allSettled([this.done]);
  }

  async #follow(output: Socket, take: StepRun['output']): Promise<StepExit> {
    let lastMs = 0;
    let isBusy = false;
    const drained = drain(output, async (chunk) => {
      isBusy = true;
      await take(chunk);
      isBusy = false;
      lastMs = this.#clock.now();
    });
    const exit = await this.#exited;
    lastMs = this.#clock.now();
    const watch = (): (() => void) =>
      this.#clock.after(QUIET_MS, () => {
        // If the machine stood still, the time is over before anybody has looked into the pipe: look first.
        const look = setImmediate(() => {
          // A clock that was put back shows a time before the last output.
          if (!isBusy && Math.abs(this.#clock.now() - lastMs) >= QUIET_MS) output.destroy();
          else cancel = watch();
        });
        cancel = () => clearImmediate(look);
      });
    let cancel = watch();
    await drained.finally(() => cancel());
    return exit;
  }
}

function spawnShell(command: ExecCommand, writer: number): ChildProcess {
  return spawn(command.program, command.args, {
    cwd: command.directory,
    env: { ...command.environment },
    detached: true,
    stdio: ['ignore', writer, writer],
  });
}

/** Some failures are thrown by `spawn`, others come as its event. */
function toStartError({ program, directory }: ExecCommand, cause: unknown): AppError {
  if (cause instanceof Error && 'code' in cause && cause.code === 'E2BIG') {
    return new AppError(
      'step-start-failed',
      'The environment of the step is larger than the system allows.',
      {
        hint: 'Shorten its variables; on Linux one may have 128 KiB and all together about 2 MiB.',
        cause,
      },
    );
  }
  if (!existsSync(directory)) {
    return new AppError('step-start-failed', 'The workspace is gone: an earlier step has removed it.', {
      hint: 'Remove what is in it instead of the directory itself.',
      cause,
    });
  }
  return new AppError('step-start-failed', `The program ${program} cannot be run: ${describeError(cause)}.`, {
    hint: 'Install it on the machine of the runner.',
    cause,
  });
}

function toExit(code: number | null, signal: NodeJS.Signals | null): StepExit {
  const number = signal === null ? 0 : osConstants.signals[signal];
  return { exitCode: code ?? 128 + number, isOomKilled: false };
}
