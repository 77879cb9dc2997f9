/**
 * Lists the rows of the specification's checklists that no test title names. It reports and never fails; `--all`
 * shows long lists whole. The specification lies beside the checkout, in `../shared/spec`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listFiles } from './check/repository.ts';
import { isTestFile } from './check/source-file.ts';
import { type Coverage, coverageOf, keysIn } from './spec/coverage.ts';
import { readChecklists } from './spec/rows.ts';

const SHOWN = 12;

const root = fileURLToPath(new URL('..', import.meta.url));
main(join(root, '..', 'shared', 'spec'), process.argv.includes('--all'));

function main(folder: string, isWhole: boolean): void {
  if (!existsSync(folder)) {
    console.log(
      'The specification is not beside this checkout (../shared/spec), so there is nothing to compare with.',
    );
    return;
  }
  const tested = new Set(testFiles().flatMap((path) => keysIn(readFileSync(join(root, path), 'utf8'))));
  const deviating = new Set(keysIn(readIfThere(join(root, 'docs', 'deviations.md'))));
  const checklists = readChecklists((name) => readFileSync(join(folder, name), 'utf8'));
  const coverages = checklists.map((checklist) => coverageOf(checklist, tested, deviating));
  for (const coverage of coverages)
    console.log(describe(coverage, isWhole ? Number.POSITIVE_INFINITY : SHOWN));
  const sum = (figure: (coverage: Coverage) => number) =>
    coverages.reduce((total, one) => total + figure(one), 0);
  console.log(
    `In all ${sum((one) => one.rows)} rows, ${sum((one) => one.covered)} covered, ${sum((one) => one.missing.length)} missing.`,
  );
}

/** Titles of contract suites count: they run under the name of each implementation. */
function testFiles(): string[] {
  return listFiles(root).filter(
    (path) => isTestFile(path) && /\.tsx?$/.test(path) && !path.startsWith('scripts/'),
  );
}

function describe(coverage: Coverage, shown: number): string {
  const elsewhere = [...coverage.elsewhere].map(([owner, rows]) => `, ${rows.length} with ${owner}`).join('');
  const { missing } = coverage;
  const rest = missing.length > shown ? `, … ${missing.length - shown} more (--all)` : '';
  const list = missing.length === 0 ? '' : `: ${missing.slice(0, shown).join(', ')}${rest}`;
  return (
    `${coverage.document} [${coverage.kind}]: ${coverage.rows} rows, ${coverage.covered} covered${elsewhere}, ` +
    `${missing.length} missing${list}`
  );
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
