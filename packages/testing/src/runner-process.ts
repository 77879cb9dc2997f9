import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followOutput } from './follow-output.ts';
import { REPO_ROOT } from './server-process.ts';

const MAIN = join(REPO_ROOT, 'packages/sortie/src/main.ts');

/** A real `sortie runner` process with the exec engine. */
export interface RunnerProcess {
  readonly child: ChildProcess;
  /** Everything it has printed so far. */
  output(): string;
  /** Resolves when the text has been printed; rejects with all of it when the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code when it has ended and everything that it has printed has been read. */
  readonly ended: Promise<number | null>;
  /** Sends the signal and resolves with the exit code (null after a signal) when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Stops it when it still runs and removes its data folder. */
  dispose(): Promise<void>;
}

/** Starts a runner for the server at `url`; it need not answer yet. `command` is what to run, the sources by default. */
export async function startRunnerProcess(
  url: string,
  env: Readonly<Record<string, string>> = {},
  command: readonly string[] = [MAIN, 'runner'],
): Promise<RunnerProcess> {
  const data = await mkdtemp(join(tmpdir(), 'sortie-runner-'));
  const { protocol, host, pathname } = new URL(url);
  const child = spawn(process.execPath, [...command], {
    env: {
      PATH: process.env.PATH,
      HOME: data,
      SORTIE_DATA: data,
      SORTIE_RUNNER_ENGINES: 'exec',
      DRONE_RPC_PROTO: protocol.slice(0, -1),
      DRONE_RPC_HOST: `${host}${pathname}`,
      DRONE_HTTP_BIND: '127.0.0.1:0',
      DRONE_RUNNER_NAME: 'remote runner',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { output, printed, closed: ended } = followOutput(child, 'the runner');
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  return {
    child,
    ended,
    output,
    printed,
    stop,
    async dispose() {
      await stop('SIGKILL');
      await rm(data, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
