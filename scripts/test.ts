/**
 * Runs the tests. `unit`: everything that needs no service, in one process. `all`: everything, and a test that is
 * skipped or marked todo fails the run.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests, type TestRun } from './test/node-test.ts';
import type { LeftOut } from './test/outcome-reporter.ts';
import { openServices } from './test/services.ts';
import { findSuites, SERVICES, type Suites } from './test/suites.ts';

/** Packages whose tests start many programs: they wait for the kernel while the others compute. */
const PROCESS_HEAVY = /^(packages\/(engine|githost|runner|cli|scm)|scripts|e2e|examples)\//;
/** Half of all the computing: they keep one core busy for themselves. */
const ROUTES = /^packages\/server\/src\/(routes|rpc)\//;

const root = fileURLToPath(new URL('..', import.meta.url));
const started = performance.now();
await main(process.argv[2] ?? 'unit');

async function main(mode: string): Promise<void> {
  if (mode !== 'unit' && mode !== 'all') fail(`test.ts: "${mode}" is neither "unit" nor "all".`);
  const suites = findSuites(root);
  const isPassed = mode === 'unit' ? await runUnit(suites) : await runAll(suites);
  console.log(`${isPassed ? 'Passed' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  if (!isPassed) process.exitCode = 1;
}

async function runUnit(suites: Suites): Promise<boolean> {
  const run = await runUnitTests(suites.unit);
  const counts = SERVICES.filter((service) => suites.services[service].length > 0).map(
    (service) => `${service} ${suites.services[service].length}`,
  );
  if (suites.slow.length > 0) {
    console.log(`Left out, because they take long: ${suites.slow.length} files. Run them: npm run test:all`);
  }
  if (counts.length > 0) {
    console.log(
      `Left out, because they need services (files): ${counts.join(', ')}. Run them: npm run test:all`,
    );
  }
  for (const leftOut of run.leftOut) console.log(describeLeftOut(leftOut));
  return run.isPassed;
}

/** Processes side by side: one for each core of a small machine, and one that mostly waits. */
async function runUnitTests(files: readonly string[]): Promise<TestRun> {
  const heavy = files.filter((file) => PROCESS_HEAVY.test(file));
  const routes = files.filter((file) => ROUTES.test(file));
  const others = files.filter((file) => !PROCESS_HEAVY.test(file) && !ROUTES.test(file));
  const runs = await Promise.all([
    runTests(root, others),
    runTests(root, routes, {}, { isQuietUntilEnd: true }),
    runTests(root, heavy, {}, { isQuietUntilEnd: true }),
  ]);
  return { isPassed: runs.every((run) => run.isPassed), leftOut: runs.flatMap((run) => run.leftOut) };
}

async function runAll(suites: Suites): Promise<boolean> {
  const services = await openServices(root, process.env);
  try {
    if (services.missing.length > 0) {
      for (const sentence of services.missing) console.error(sentence);
      return false;
    }
    console.log('\n== unit');
    const runs: NamedRun[] = [{ name: 'unit', ...(await runUnitTests([...suites.unit, ...suites.slow])) }];
    runs.push(...(await runFuzz(suites.unit)));
    for (const service of SERVICES) {
      for (const file of suites.services[service])
        runs.push(await runSuite(file, [file], services.environment));
    }
    return reportAll(runs);
  } finally {
    await services.stop();
  }
}

/** The fuzz tests once more with all of their cases, two files at a time. */
async function runFuzz(files: readonly string[]): Promise<readonly NamedRun[]> {
  const waiting = files.filter((file) => file.endsWith('fuzz.test.ts'));
  const runs: NamedRun[] = [];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const run = await runTests(root, [file], { SORTIE_FUZZ: '100000' }, { isQuietUntilEnd: true });
      runs.push({ name: `${file} with 100,000 cases`, ...run });
    }
  };
  console.log('\n== fuzz, 100,000 cases each');
  await Promise.all([work(), work()]);
  return runs;
}

interface NamedRun extends TestRun {
  readonly name: string;
}

async function runSuite(
  name: string,
  files: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<NamedRun> {
  console.log(`\n== ${name}`);
  return { name, ...(await runTests(root, files, environment)) };
}

function reportAll(runs: readonly NamedRun[]): boolean {
  const failed = runs.filter((run) => !run.isPassed).map((run) => run.name);
  const forbidden = runs.flatMap((run) => run.leftOut).filter((leftOut) => !isExcused(leftOut));
  for (const leftOut of forbidden) console.error(`${describeLeftOut(leftOut)} (not allowed in test:all)`);
  if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`);
  return failed.length === 0 && forbidden.length === 0;
}

/** What lies on some machines only: the specification beside the checkout, Podman, and Go for the oracles. */
function isExcused(leftOut: LeftOut): boolean {
  const needsGo = leftOut.kind === 'skipped' && leftOut.reason.startsWith('Go is missing');
  if (needsGo) return process.env.SORTIE_REQUIRE_ORACLES !== '1';
  if (leftOut.kind === 'skipped' && leftOut.reason.startsWith('Podman is missing')) return true;
  return (
    leftOut.kind === 'skipped' &&
    leftOut.reason.includes('../shared') &&
    !existsSync(join(root, '..', 'shared'))
  );
}

function describeLeftOut(leftOut: LeftOut): string {
  return `${leftOut.kind}: ${leftOut.title}${leftOut.reason === '' ? '' : `: ${leftOut.reason}`}`;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
