import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StarlarkErrorKind } from '../errors.ts';

/** A program; with `main` its function `main` is called with `CONTEXT` and the result taken as `repr`. */
export interface Case {
  readonly source: string;
  readonly main: boolean;
}

export interface Answer {
  readonly printed: readonly string[];
  readonly result: string;
  /** Empty for success. */
  readonly error: StarlarkErrorKind | '';
  readonly message: string;
  /** Lines of the calls under way, outermost first. */
  readonly lines: readonly number[];
  readonly steps: number;
}

/** The release of Starlark-Go: the newest, or the one that Drone contains. */
export type Release = 'go.mod' | 'drone.mod';

/** Builds the Go program beside this file and asks it about all cases at once. Throws without Go. */
export function askOracle(release: Release, cases: readonly Case[]): Answer[] {
  const folder = mkdtempSync(join(tmpdir(), 'starlark-oracle-'));
  try {
    const program = join(folder, 'oracle');
    const source = fileURLToPath(new URL('./oracle', import.meta.url));
    const args = ['build', `-modfile=${release}`, '-o', program, '.'];
    execFileSync('go', args, { cwd: source, stdio: ['ignore', 'ignore', 'inherit'] });
    const input = cases.map((item) => JSON.stringify(item)).join('\n');
    const { stdout, status } = spawnSync(program, { input, maxBuffer: 1 << 30, encoding: 'utf8' });
    if (status !== 0) throw new Error(`The oracle ended with status ${status}.`);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
