/**
 * Runs benchmark scenarios: `npm run bench -- NAME…` loads `scripts/bench/NAME.ts` and prints one JSON line per
 * figure on standard output. Without a name it lists the scenarios; `all` runs every one.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Figure } from './bench/figure.ts';

interface Scenario {
  run(print: (figure: Figure) => void): Promise<void>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'scripts', 'bench');
await main(process.argv.slice(2));

async function main(names: readonly string[]): Promise<void> {
  const known = scenarioNames();
  if (names.length === 0) {
    console.error(`Name a scenario: ${known.join(', ')} or all.`);
    process.exitCode = 2;
    return;
  }
  const unknown = names.find((name) => name !== 'all' && !known.includes(name));
  if (unknown !== undefined) {
    console.error(`There is no scenario "${unknown}"; there are ${known.join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  if (!buildBundle()) return;
  for (const name of names.includes('all') ? known : names) {
    const scenario = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as Scenario;
    await scenario.run((figure) => console.log(JSON.stringify({ scenario: name, ...figure })));
  }
}

/** Scenarios are the files that export `run`; the others are what they share. */
function scenarioNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .filter((file) => /^export (async )?function run\b/m.test(readFileSync(join(folder, file), 'utf8')))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

/** Scenarios measure what `npm start` runs, so it must be what the sources say. */
function buildBundle(): boolean {
  const build = spawnSync(process.execPath, [join(root, 'scripts', 'build.ts'), '--if-stale'], {
    stdio: ['ignore', 2, 'inherit'],
  });
  if (build.status !== 0) process.exitCode = 1;
  return build.status === 0;
}
