import { spawn } from 'node:child_process';
import { AppError } from '@sortie/core/errors';
import { killGroup } from '../process-group.ts';

export interface GitOptions {
  /** Name or path of the git program. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Kills git and the programs that it has started. */
  readonly signal: AbortSignal;
  readonly output: (bytes: Uint8Array) => void | Promise<void>;
}

/**
 * Runs git; resolves with its exit code when all of its output has been handed over. Rejects with `git-missing`,
 * or with the reason of the signal.
 */
export async function runGit(options: GitOptions, args: readonly string[]): Promise<number> {
  if (options.signal.aborted) throw options.signal.reason;
  const child = spawn(options.program, args, {
    cwd: options.directory,
    env: { ...options.environment },
    // A group of its own, so that its helpers can be killed with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const onAbort = (): void => {
    if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL');
  };
  options.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const [exitCode] = await Promise.all([
      new Promise<number>((resolve, reject) => {
        child.once('error', (cause) => reject(missing(options.program, cause)));
        child.once('close', (code) => resolve(code ?? 137));
      }),
      drain(child.stdout, options.output),
      drain(child.stderr, options.output),
    ]);
    if (options.signal.aborted) throw options.signal.reason;
    return exitCode;
  } finally {
    options.signal.removeEventListener('abort', onAbort);
  }
}

async function drain(stream: AsyncIterable<Uint8Array>, output: GitOptions['output']): Promise<void> {
  for await (const bytes of stream) await output(bytes);
}

function missing(program: string, cause: Error): AppError {
  return new AppError('git-missing', `The program ${program} cannot be run: ${cause.message}`, {
    hint: 'Install git 2.31 or newer on the machine of the runner, or set a clone image.',
    cause,
  });
}
