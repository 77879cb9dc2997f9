/**
 * Compares what Sortie makes of real pipeline files with what Drone makes of them: `npm run conformance -- FOLDER`.
 * The folder has the shape of `../shared/corpus`: `yaml/`, `golden/` and `contexts.json`. Prints every difference and
 * the sums; ends with 1 when there is a difference that is not deliberate (docs/deviations.md).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareFile } from './conformance/compare-file.ts';
import { DEVIATIONS, deviationFor } from './conformance/deviations.ts';
import { type Difference, describeDifference } from './conformance/difference.ts';
import type { Contexts, Golden } from './conformance/golden.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
process.exitCode = await main(resolve(process.argv[2] ?? join(root, '..', 'shared', 'corpus')));

async function main(folder: string): Promise<number> {
  if (!existsSync(join(folder, 'golden'))) {
    console.error(`There is no folder "golden" in ${folder}. Name a corpus: npm run conformance -- FOLDER`);
    return 2;
  }
  const contexts = readJson<Contexts>(join(folder, 'contexts.json'));
  const deliberate = new Map<string, number>();
  let compared = 0;
  let different = 0;
  for (const name of readdirSync(join(folder, 'golden')).toSorted()) {
    const golden = readJson<Golden>(join(folder, 'golden', name));
    const text = readFileSync(join(folder, 'yaml', golden.file), 'utf8');
    for await (const differences of compareFile(golden, text, contexts)) {
      compared += 1;
      const open = differences.filter((difference) => !isDeliberate(difference, text, deliberate));
      if (open.length === 0) continue;
      different += 1;
      for (const difference of open) console.log(describeDifference(difference));
    }
  }
  for (const [key, count] of deliberate) console.log(`deliberate: ${key}, ${count} times`);
  console.log(`${compared} compared, ${compared - different} identical, ${different} different`);
  return different > 0 || !areListed() ? 1 : 0;
}

function isDeliberate(difference: Difference, text: string, counts: Map<string, number>): boolean {
  const deviation = deviationFor(difference, text);
  if (deviation === undefined) return false;
  counts.set(deviation.key, (counts.get(deviation.key) ?? 0) + 1);
  return true;
}

/** Whoever reads the page must find every rule by which a difference passes. */
function areListed(): boolean {
  const page = readFileSync(join(root, 'docs', 'deviations.md'), 'utf8');
  const missing = DEVIATIONS.filter(({ key }) => !page.includes(`[${key}]`));
  for (const { key } of missing) console.error(`docs/deviations.md has no row [${key}].`);
  return missing.length === 0;
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
