import { text } from 'node:stream/consumers';
import type { Terminal } from '@sortie/cli/commands/terminal';

/** This process as the commands see it. */
export function createTerminal(): Terminal {
  return {
    out: (piece) => void process.stdout.write(piece),
    err: (piece) => void process.stderr.write(piece),
    readInput: () => text(process.stdin),
    cwd: process.cwd(),
    env: process.env,
    now: () => Date.now(),
  };
}
