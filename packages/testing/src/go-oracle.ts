import { spawnSync } from 'node:child_process';

/** Set to `1` where the oracle tests must run, so that a missing Go is a failure. */
const REQUIRED = 'SORTIE_REQUIRE_ORACLES';

/**
 * Reason to skip tests that compare with a Go program; false when they can run, or must: then they fail in
 * `askOracle` with the sentence that says what is missing.
 */
export function oracleMissing(): string | false {
  if (process.env[REQUIRED] === '1' || spawnSync('go', ['version']).status === 0) return false;
  return `Go is missing, so nothing is compared with the original libraries; install it, or set ${REQUIRED}=1 to fail`;
}

/**
 * Runs the Go program in a folder over all requests, one JSON line each way, and gives its answers in the same
 * order. Throws with the program's own words when it cannot be built or run.
 */
export function askOracle<Answer>(folder: string, requests: readonly object[]): readonly Answer[] {
  const run = spawnSync('go', ['run', '.'], {
    cwd: folder,
    input: requests.map((request) => `${JSON.stringify(request)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 512 * 1024 * 1024,
  });
  if (run.error !== undefined)
    throw new Error('Go is missing: install it to run the oracles', { cause: run.error });
  if (run.status !== 0) throw new Error(`the oracle in ${folder} failed: ${run.stderr.trim()}`);
  const answers = run.stdout.trimEnd().split('\n');
  if (answers.length !== requests.length)
    throw new Error(`the oracle answered ${answers.length} of ${requests.length} requests`);
  return answers.map((line) => JSON.parse(line) as Answer);
}
