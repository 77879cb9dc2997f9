import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { followOutput } from './follow-output.ts';

const run = promisify(execFile);

/** The checkout that this file belongs to. */
export const REPO_ROOT = resolve(import.meta.dirname, '../../..');

const MAIN = join(REPO_ROOT, 'packages/sortie/src/main.ts');

export interface ServerProcessOptions {
  /** Further settings; the data folder and a free port are set already. */
  readonly env?: Readonly<Record<string, string>>;
  /** What to run; the sources by default. */
  readonly entry?: string;
  /** Data folder of an earlier process; a fresh temporary one otherwise. */
  readonly data?: string;
}

/** A real server process, as a user starts it, on a free port of the loopback interface. */
export interface ServerProcess {
  readonly url: string;
  readonly data: string;
  /** API token of the administrator `ada`. */
  readonly token: string;
  readonly child: ChildProcess;
  /** Everything it has printed so far. Its two streams arrive apart, so what it has said may follow later. */
  output(): string;
  /** Resolves with the match when the text has been printed; rejects with all of it when the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends the signal and resolves with the exit code (null after a signal) when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Stops it when it still runs and removes the data folder. */
  dispose(): Promise<void>;
}

/** Token of the account that every test server is started with. */
export const ADMIN_TOKEN = 'sortie-test-administrator-token-0001';

/** Starts a server and resolves when it says that it is ready; rejects with its output when it ends before. */
export async function startServerProcess(options: ServerProcessOptions = {}): Promise<ServerProcess> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'sortie-test-')));
  const child = spawn(process.execPath, [options.entry ?? MAIN, 'serve'], {
    env: {
      PATH: process.env.PATH,
      HOME: data,
      SORTIE_DATA: data,
      DRONE_SERVER_PORT: '127.0.0.1:0',
      SORTIE_STOP_GRACE: '0s',
      DRONE_USER_CREATE: `username:ada,admin:true,token:${ADMIN_TOKEN}`,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const { output, printed } = followOutput(child, 'the server');
  const [, url = ''] = await printed(/Sortie .* at (http:\/\/\S+)\s/);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  return {
    url,
    data,
    token: ADMIN_TOKEN,
    child,
    output,
    printed,
    stop,
    async dispose() {
      // Killing it would leave its containers, networks and processes behind.
      await stop('SIGTERM');
      await rm(data, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A working copy whose git commands see no configuration of this machine. */
export interface WorkingCopy {
  readonly directory: string;
  git(...args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }>;
  dispose(): Promise<void>;
}

/** A fresh working copy on branch `main`. */
export async function createWorkingCopy(): Promise<WorkingCopy> {
  const directory = await mkdtemp(join(tmpdir(), 'sortie-copy-'));
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Ada Lovelace',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_COMMITTER_NAME: 'Ada Lovelace',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
  };
  const git = (...args: readonly string[]) => run('git', [...args], { cwd: directory, env });
  await git('init', '--quiet', '--initial-branch', 'main');
  return { directory, git, dispose: () => rm(directory, { recursive: true, force: true }) };
}

/** The address of a repository of the server's Git host, with credentials for pushing. */
export function pushUrl(
  server: { readonly url: string; readonly token: string },
  slug: string,
  login = 'ada',
): string {
  return `${server.url.replace('://', `://${login}:${server.token}@`)}/git/${slug}.git`;
}
