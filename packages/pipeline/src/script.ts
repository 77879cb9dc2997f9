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

/**
 * The commands of a step as one POSIX script, to be passed to `sh -c` as one argument with empty standard input
 * (pipeline.md 7.5). Each command is shown as `+ command` before it runs.
 */
export function makeScript(commands: readonly string[], type: 'docker' | 'exec'): string {
  return (type === 'docker' ? HEADER : '\nset -e\n') + commandLines(commands);
}

/** The trace line and the command itself, for each command. */
export function commandLines(commands: readonly string[]): string {
  return commands.map((command) => `\necho + ${quoteForTrace(command)}\n${command}\n`).join('');
}

/** Inside double quotes the shell must neither expand variables nor run back-ticks a second time. */
function quoteForTrace(command: string): string {
  return goQuote(command).replace(/[$`]/g, '\\$&');
}
