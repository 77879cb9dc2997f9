import { constants } from 'node:os';

/**
 * Makes this process a transparent shell around `child`: signals go to it, and its end is this process's end.
 *
 * A key press at a terminal signals the whole foreground group, the child included, so those signals are only
 * survived here. Without a terminal nobody but this process has received them, so they are handed on.
 * @param {import('node:child_process').ChildProcess} child
 */
export function relaySignals(child) {
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ['SIGINT', 'SIGQUIT']) {
    process.on(signal, () => {
      if (!atTerminal) child.kill(signal);
    });
  }
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (code, signal) => process.exit(exitCode(code, signal)));
}

/** The shell's convention: 128 plus the number of the signal that ended the process. */
export function exitCode(code, signal) {
  return signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0);
}
