/**
 * Compares with the original libraries: runs every `*.oracle.test.ts`. Without Go these tests are skipped, loudly;
 * with SORTIE_REQUIRE_ORACLES=1 that is a failure.
 */
import { join } from 'node:path';
import { runTests } from './test/node-test.ts';
import { findSuites } from './test/suites.ts';

const root = join(import.meta.dirname, '..');
const files = findSuites(root).services.oracle;
if (files.length === 0) {
  console.error('There is no *.oracle.test.ts.');
  process.exitCode = 1;
} else {
  const run = await runTests(root, files);
  for (const { title, reason } of run.leftOut) console.error(`NOT COMPARED: ${title}: ${reason}`);
  if (!run.isPassed) process.exitCode = 1;
}
