import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeftOut } from './outcome-reporter.ts';

export interface TestRun {
  readonly isPassed: boolean;
  readonly leftOut: readonly LeftOut[];
}

/** A run that has not ended by then hangs; a healthy one takes a tenth of it, on a busy machine half. */
const LIMIT_MS = 60 * 60 * 1000;

/**
 * Runs test files in one `node --test` process and shows its report and closing summary. `environment` comes on
 * top of this process's own. `isQuietUntilEnd` shows the report when all of it is there, for runs side by side.
 */
export async function runTests(
  root: string,
  files: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  options: { readonly isQuietUntilEnd?: boolean } = {},
): Promise<TestRun> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-test-'));
  const outcome = join(folder, 'outcome.jsonl');
  try {
    const args = [...optionsOf(root, outcome), ...files];
    const isPassed = await runNode(root, args, environment, options.isQuietUntilEnd === true);
    const lines = (await readFile(outcome, 'utf8')).split('\n').filter((line) => line !== '');
    return { isPassed, leftOut: lines.map((line) => JSON.parse(line) as LeftOut) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function optionsOf(root: string, outcome: string): string[] {
  return [
    '--test',
    '--test-isolation=none',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(root, 'scripts', 'test', 'outcome-reporter.ts')}`,
    `--test-reporter-destination=${outcome}`,
  ];
}

function runNode(
  root: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  isQuietUntilEnd: boolean,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: isQuietUntilEnd ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    });
    const pieces: Buffer[] = [];
    child.stdout?.on('data', (piece: Buffer) => pieces.push(piece));
    child.stderr?.on('data', (piece: Buffer) => pieces.push(piece));
    const limit = setTimeout(() => {
      console.error(`The tests have not ended after ${LIMIT_MS / 60_000} minutes and are stopped.`);
      child.kill('SIGKILL');
    }, LIMIT_MS);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(limit);
      for (const piece of pieces) process.stdout.write(piece);
      resolve(code === 0);
    });
  });
}
