/**
 * Runs the unmodified clients of Drone against a running server: every `*.clients.test.ts`. drone-node is installed
 * by npm at its first use. Without Go the tests of drone-go are skipped, loudly; with SORTIE_REQUIRE_ORACLES=1 that
 * is a failure.
 */
import { join } from 'node:path';
import { runTests } from './test/node-test.ts';
import { findSuites } from './test/suites.ts';

const root = join(import.meta.dirname, '..');
const run = await runTests(root, findSuites(root).services.clients);
for (const { title, reason } of run.leftOut) console.error(`NOT TRIED: ${title}: ${reason}`);
if (!run.isPassed) process.exitCode = 1;
