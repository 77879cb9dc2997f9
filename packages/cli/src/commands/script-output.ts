import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ScriptResult } from '@sortie/pipeline/convert/script-file';
import { renderFindings } from './findings-report.ts';
import { EXIT_DONE, EXIT_FAILED, type Terminal } from './terminal.ts';

export interface ScriptOutputOptions {
  /** The file that is written unless the result goes to standard output. */
  readonly target: string;
  readonly stdout: boolean;
  /** Only compare with the target. */
  readonly check: boolean;
}

/** Where the result of a script goes: the target, standard output, or a comparison. Returns the exit code. */
export async function putScript(
  terminal: Terminal,
  result: ScriptResult,
  { target, stdout, check }: ScriptOutputOptions,
): Promise<number> {
  for (const line of result.printed) terminal.err(`${line}\n`);
  if (result.findings.length > 0) terminal.err(renderFindings(result.findings, 'text'));
  if (result.findings.some(({ severity }) => severity === 'error')) return EXIT_FAILED;
  if (check) return compare(terminal, target, result.text);
  if (stdout) terminal.out(result.text);
  else await writeFile(resolve(terminal.cwd, target), result.text, { mode: 0o644 });
  return EXIT_DONE;
}

async function compare(terminal: Terminal, target: string, text: string): Promise<number> {
  const current = await readFile(resolve(terminal.cwd, target), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (current === text) return EXIT_DONE;
  const state = current === undefined ? 'does not exist' : 'is not up to date';
  terminal.err(`error: ${target} ${state}.\n       Run the command without --check and commit the result.\n`);
  return EXIT_FAILED;
}
