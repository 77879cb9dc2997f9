import { goQuote } from './go-text.ts';

/**
 * Writes the credentials of the clone where git and curl look for them, takes them out of the environment and
 * makes the first failing command end the script. HOME may be unset or not writable in an image; that must
 * only be an error when there is something to write.
 */
const HEADER = `
if [ -n "\${DRONE_NETRC_FILE}" ]; then
  echo "\${DRONE_NETRC_FILE}" > "\${HOME}/.netrc"
  chmod 600 "\${HOME}/.netrc"
fi
unset DRONE_NETRC_MACHINE DRONE_NETRC_USERNAME DRONE_NETRC_PASSWORD DRONE_NETRC_FILE
set -e
`;

/** The same for PowerShell, where programs do not read the file of the credentials from the environment. */
const WINDOWS_HEADER = `
if ($Env:DRONE_NETRC_MACHINE) {
  @("machine $Env:DRONE_NETRC_MACHINE", "login $Env:DRONE_NETRC_USERNAME", "password $Env:DRONE_NETRC_PASSWORD") |
    Set-Content -Path (Join-Path $Env:USERPROFILE '_netrc')
}
foreach ($name in 'MACHINE', 'USERNAME', 'PASSWORD', 'FILE') {
  [Environment]::SetEnvironmentVariable("DRONE_NETRC_$name", $null)
}
`;

/** Ends a PowerShell script at the first failing cmdlet. */
export const WINDOWS_PREAMBLE = '$erroractionpreference = "stop"\n';

/** Which header and which shell a script is for. */
export interface ScriptTarget {
  /** True for steps that run in a container, which have no file with credentials yet. */
  readonly hasHeader: boolean;
  readonly shell: 'posix' | 'powershell';
  /** With Drone's own trace lines, which in PowerShell run parts of a command with quotes twice. */
  readonly isCompatible?: boolean;
}

/**
 * The commands of a step as one script (pipeline.md 7.5), to be passed to the shell as one argument or file with empty
 * standard input. Each command is shown as `+ command` before it runs.
 */
export function makeScript(commands: readonly string[], target: ScriptTarget): string {
  const { hasHeader, shell, isCompatible = false } = target;
  if (shell === 'posix') return (hasHeader ? HEADER : '\nset -e\n') + commandLines(commands);
  return `${hasHeader ? WINDOWS_HEADER : ''}\n${WINDOWS_PREAMBLE}${windowsLines(commands, isCompatible)}`;
}

/** The trace line and the command itself, for each command. */
export function commandLines(commands: readonly string[]): string {
  return commands.map((command) => `\necho + ${quoteForTrace(command)}\n${command}\n`).join('');
}

/** Inside double quotes the shell must neither expand variables nor run back-ticks a second time. */
function quoteForTrace(command: string): string {
  return goQuote(command).replace(/[$`]/g, '\\$&');
}

/** PowerShell goes on after a failing program, so its exit code is looked at after each command. */
function windowsLines(commands: readonly string[], isCompatible: boolean): string {
  const exit = 'if ($LastExitCode -gt 0) { exit $LastExitCode }';
  return commands
    .map((command) => {
      const shown = isCompatible ? droneTrace(command) : powershellQuote(`+ ${command}`);
      return `\necho ${shown}\n${command}\n${exit}\n`;
    })
    .join('');
}

function droneTrace(command: string): string {
  return goQuote(`+ ${command}`).replaceAll('$', '`$');
}

/** The back-tick is PowerShell's escape, and a line break would end the line of the trace. */
function powershellQuote(text: string): string {
  const inside = text
    .replace(/[`"$\u201c-\u201e]/g, '`$&')
    .replaceAll('\r', '`r')
    .replaceAll('\n', '`n');
  return `"${inside}"`;
}
