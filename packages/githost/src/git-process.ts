import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { AppError } from '@sortie/core/errors';
import type { GitBinary } from './git.ts';

/** How a git child ended. `reason` is set when we ended it. */
export interface GitEnd {
  readonly code: number | null;
  readonly reason: StopReason | undefined;
  /** The last few kilobytes of standard error. */
  readonly stderr: string;
}

export type StopReason = 'aborted' | 'timeout';

export interface GitProcess {
  /** Never emits `error`: a child that stops reading closes it. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles when the child has ended and its output is closed. Never rejects. */
  readonly ended: Promise<GitEnd>;
  /** Ends the child and everything it started; does nothing when it has ended. */
  stop(reason: StopReason): void;
}

export interface StartGitOptions {
  /** Existing folder to run in, and the one that holds the (empty) home folder. */
  readonly root: string;
  readonly limitMs: number;
  readonly signal?: AbortSignal;
  /** A checked value of the Git-Protocol header. */
  readonly protocol?: string;
  /** Beside the own variables: settings that neither a list of processes nor a file may show. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Passed as `receive.maxInputSize`. */
  readonly maxInputBytes?: number;
}

/** git cleans its temporary objects on SIGTERM; SIGKILL follows when it does not. */
const GRACE_MS = 2_000;
const STDERR_KEPT = 4_096;

/** Starts git with a cleared environment in its own process group. Throws `git-missing`. */
export async function startGit(
  git: GitBinary,
  args: readonly string[],
  options: StartGitOptions,
): Promise<GitProcess> {
  options.signal?.throwIfAborted();
  const child = spawn(git.path, [...settings(options), ...args], {
    cwd: options.root,
    env: environment(git, options),
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  // A child that has read enough closes its end; the outcome is told by `ended`.
  child.stdin.on('error', () => child.stdin.destroy());
  const watched = watch(child, options);
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new AppError('git-missing', `${git.path} cannot be started.`, {
      hint: 'Check that the git program is still installed.',
      cause,
    });
  });
  return { stdin: child.stdin, stdout: child.stdout, ...watched };
}

function watch(
  child: ChildProcessWithoutNullStreams,
  options: StartGitOptions,
): Pick<GitProcess, 'ended' | 'stop'> {
  let reason: StopReason | undefined;
  let stderr = '';
  let killTimer: NodeJS.Timeout | undefined;

  function stop(why: StopReason): void {
    if (child.exitCode !== null || child.signalCode !== null) {
      // Ended by itself, but nobody takes its output: `close` would never come.
      child.stdout.destroy();
      return;
    }
    if (reason !== undefined) return;
    reason = why;
    signalGroup(child, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
  }

  const onAbort = (): void => stop('aborted');
  const limit = setTimeout(() => stop('timeout'), options.limitMs);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  const ended = new Promise<GitEnd>((resolve) => {
    const finish = (code: number | null): void => {
      clearTimeout(limit);
      clearTimeout(killTimer);
      options.signal?.removeEventListener('abort', onAbort);
      resolve({ code, reason, stderr });
    };
    child.once('close', finish);
    child.once('error', () => finish(null));
  });
  return { ended, stop };
}

function signalGroup(child: ChildProcessWithoutNullStreams, signal: 'SIGTERM' | 'SIGKILL'): void {
  // A reader that has gone would otherwise keep the pipe, and with it `close`, waiting.
  if (signal === 'SIGKILL') child.stdout.destroy();
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // The whole group has ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** scm.md 7.2: nothing of the server's environment reaches git, and no configuration file of the machine. */
function environment(git: GitBinary, options: StartGitOptions): Record<string, string> {
  return {
    PATH: [dirname(git.path), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: join(options.root, 'home'),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    // Newer releases may choose other formats, which our reader of refs does not know.
    GIT_DEFAULT_REF_FORMAT: 'files',
    GIT_DEFAULT_HASH: 'sha1',
    ...(options.protocol === undefined ? {} : { GIT_PROTOCOL: options.protocol }),
    ...options.variables,
  };
}

function settings(options: StartGitOptions): string[] {
  const values = {
    'core.hooksPath': '/dev/null',
    // While git takes a pack, the repository is an alternate of its quarantine; its refs count anyway. An empty
    // value would be run, and fail on the terminal of the pusher.
    'core.alternateRefsCommand': 'true',
    'core.fsync': 'committed,reference',
    'core.fsyncMethod': 'batch',
    // The data folder may belong to another user id, for example on a container volume.
    'safe.directory': '*',
    'gc.auto': '0',
    'pack.threads': '1',
    'pack.windowMemory': '128m',
    'receive.autogc': 'false',
    'receive.fsckObjects': 'true',
    // Flaws of old but honest commits that harm nobody.
    'receive.fsck.badTimezone': 'ignore',
    'receive.fsck.missingSpaceBeforeDate': 'ignore',
    'receive.fsck.zeroPaddedFilemode': 'ignore',
    'receive.advertisePushOptions': 'true',
    'transfer.hideRefs': 'refs/ci',
    'uploadpack.allowReachableSHA1InWant': 'true',
    ...(options.maxInputBytes === undefined
      ? {}
      : { 'receive.maxInputSize': String(Math.max(1, options.maxInputBytes)) }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
