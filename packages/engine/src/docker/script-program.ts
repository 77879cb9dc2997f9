import { Buffer } from 'node:buffer';
import type { PlanStep } from '@sortie/core/plan';

/** A longer script does not fit into one argument of a program (128 KiB on Linux, 32 on Windows) and is a file. */
const MAX_ARGUMENT_BYTES = { posix: 100_000, powershell: 20_000 } as const;

export const SCRIPT_FILE = '.sortie-step.sh';
export const WINDOWS_SCRIPT_FILE = 'sortie-step.ps1';

/** What a shell counts and remembers for the next one, which must begin anew. */
const OF_SHELLS = ['SHLVL', 'OLDPWD'];

export function needsScriptFile({ script, shell }: PlanStep): boolean {
  return script !== undefined && Buffer.byteLength(script) > MAX_ARGUMENT_BYTES[shell ?? 'posix'];
}

/**
 * Shell text that runs the script as a child of the first process of the container, as Drone does: the first process
 * of a container is deaf to signals that it has not asked for, also to those that a script sends to itself. It runs
 * within `muted`. The descriptors of the child are set in the child: some shells would otherwise speak with them.
 */
export function runScript(step: PlanStep, environment: Readonly<Record<string, string>>): string {
  const program = needsScriptFile(step) ? `/bin/sh /${SCRIPT_FILE}` : '/bin/sh -c "$0"';
  const begin = OF_SHELLS.map((name) => keepOrUnset(name, environment[name]));
  return [...begin, `(exec ${program} </dev/null 2>&3 3>&-)`].join('; ');
}

/**
 * Shell text whose shell has the errors of the container as its descriptor 3, and says nothing of its own: neither of a
 * killed child, nor what it does where the environment has a shell tell that (`SHELLOPTS=xtrace`). A script that writes
 * to the errors of the first process by their name in `/proc` keeps them.
 */
export function muted(text: string, { script = '' }: Pick<PlanStep, 'script'>): string {
  return `{ ${text}; } 3>&2${script.includes('/proc/1/') ? '' : ' 2>/dev/null'}`;
}

export function keepOrUnset(name: string, value: string | undefined): string {
  return value === undefined ? `unset ${name}` : `export ${name}=${shellQuote(value)}`;
}

export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
