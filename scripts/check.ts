/**
 * Everything about the code that a program can judge without running it. `--fix` lets the formatter and the
 * generators write what they can.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

interface Result {
  readonly check: Check;
  readonly isPassed: boolean;
  readonly seconds: number;
  readonly output: string;
}

/** The compiler and knip use one core each; more at once only makes all of them slower. */
const AT_ONCE = 2;

const root = fileURLToPath(new URL('..', import.meta.url));
await main(process.argv.includes('--fix'));

async function main(isFixing: boolean): Promise<void> {
  const started = performance.now();
  const results = await runAll(checks(isFixing));
  for (const result of results.filter((one) => !one.isPassed)) {
    console.log(`\n== ${result.check.name}\n${result.output.trim()}`);
  }
  console.log('');
  for (const { check, isPassed, seconds } of results) {
    console.log(
      `${isPassed ? 'ok    ' : 'FAILED'}  ${check.name.padEnd(24)} ${seconds.toFixed(1).padStart(6)} s`,
    );
  }
  console.log(`${((performance.now() - started) / 1000).toFixed(1)} s in all`);
  if (results.some((result) => !result.isPassed)) process.exitCode = 1;
}

function checks(isFixing: boolean): Check[] {
  const tool = (name: string, ...path: string[]) => join(root, 'node_modules', name, ...path);
  const tsc = tool('typescript', 'bin', 'tsc');
  const generators = globSync('scripts/generate-*.ts', { cwd: root }).sort();
  return [
    { name: 'types', args: [tsc, '-p', '.'] },
    { name: 'types of the pages', args: [tsc, '-p', 'packages/web'] },
    {
      name: 'format and lint',
      args: [tool('@biomejs/biome', 'bin', 'biome'), 'check', ...(isFixing ? ['--write'] : [])],
    },
    { name: 'imports and house rules', args: [join(root, 'scripts', 'check', 'rules.ts')] },
    { name: 'unused code', args: [tool('knip', 'bin', 'knip.js'), '--no-progress'] },
    ...generators.map((file) => ({
      name: file.slice('scripts/'.length),
      args: [file, ...(isFixing ? [] : ['--check'])],
    })),
  ];
}

async function runAll(all: readonly Check[]): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = all.entries();
  async function work(): Promise<void> {
    for (const [index, check] of waiting) results[index] = await run(check);
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

function run(check: Check): Promise<Result> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, check.args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const add = (piece: Buffer) => {
      output += piece.toString();
    };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    const end = (isPassed: boolean) =>
      resolve({ check, isPassed, seconds: (performance.now() - started) / 1000, output });
    child.on('error', (error) => {
      output += error.message;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}
