import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFile } from './compare-file.ts';
import { deviationFor } from './deviations.ts';
import { type Difference, differencesOf } from './difference.ts';
import { goldenFailure, isSameFailure, ourFailures } from './failure.ts';
import type { Contexts, Golden, GoldenStep } from './golden.ts';

const CONTEXTS: Contexts = {
  contexts: {
    push: {
      repo: { namespace: 'octo', name: 'hello', trusted: true },
      build: { event: 'push', number: 7, ref: 'refs/heads/main', target_branch: 'main' },
      system: { proto: 'https', host: 'ci.example.com', version: '2' },
      common_environment: { docker: {} },
    },
  },
  pull_config: {},
};
const TEXT =
  'kind: pipeline\nclone: {disable: true}\nsteps:\n- name: a\n  image: golang\n  commands: [make]\n';
const STEP: GoldenStep = {
  name: 'a',
  image: 'docker.io/library/golang:latest',
  pull: 'default',
  run_policy: 'on-success',
  err_policy: 'fail',
  working_dir: '/drone/src',
  script: '\necho + "make"\nmake\n',
};
const STAGE = {
  number: 1,
  kind: 'pipeline',
  name: 'default',
  type: 'docker',
  os: 'linux',
  arch: 'amd64',
  status: 'pending',
  on_success: true,
  on_failure: false,
};

function golden(step: Partial<GoldenStep>, stage: object = {}): Golden {
  return {
    file: 'a.yml',
    format: '1.x',
    server: { push: { status: 'pending', stages: [{ ...STAGE, ...stage }] } },
    contexts: { push: { default: { type: 'docker', steps: [{ ...STEP, ...step }] } } },
  };
}

/** The paths that differ, without the variables, of which this corpus knows none. */
async function paths(wanted: Golden, text = TEXT): Promise<readonly string[]> {
  const found: Difference[] = [];
  for await (const differences of compareFile(wanted, text, CONTEXTS)) found.push(...differences);
  return found.map(({ part, path }) => `${part}: ${path}`).filter((path) => !path.includes('environment'));
}

test('a file that is compiled as the golden file says has no difference', async () => {
  assert.deepEqual(await paths(golden({})), []);
});

test('every difference is found and named by its step', async () => {
  const step = { image: 'x', pull: 'always', script: '', depends_on: ['b'], privileged: true };
  assert.deepEqual(await paths(golden(step, { number: 2, node: { a: 'b' } })), [
    'server: stages/default/number',
    'server: stages/default/labels/a',
    'default: steps/a/dependsOn/0',
    'default: steps/a/script',
    'default: steps/a/image',
    'default: steps/a/pull',
    'default: steps/a/privileged',
  ]);
});

test('a variable that is missing is a difference', async () => {
  const wanted = golden({ environment: { MISSING: 'x' } });
  const found: string[] = [];
  for await (const differences of compareFile(wanted, TEXT, CONTEXTS))
    found.push(...differences.map(({ path }) => path));
  assert.ok(found.includes('steps/a/environment/MISSING'));
});

test('an error that only one of the two has is a difference', async () => {
  const refused: Golden = {
    ...golden({}),
    server: { push: { status: 'error', error: 'linter: duplicate pipeline names' } },
  };
  assert.deepEqual(await paths(refused), ['server: error']);
  assert.deepEqual(await paths(golden({}), TEXT.replace('[make]', 'make')), [
    'server: error',
    'default: error',
  ]);
});

test('errors are the same when class and line are', () => {
  const finding = { severity: 'error', message: '', file: 'f', column: 1, pointer: '' } as const;
  const ours = ourFailures('a: 1\n---\nb: 1\nc: 1\n', [
    { ...finding, code: 'wrong-type', line: 4, document: 1 },
  ]);
  const isSame = (text: string) => isSameFailure(ours, goldenFailure(text));
  assert.equal(isSame('yaml: unmarshal errors:\n  line 2: cannot unmarshal !!str `x` into []string'), true);
  assert.equal(isSame('yaml: unmarshal errors:\n  line 3: cannot unmarshal !!str `x` into []string'), false);
  assert.equal(isSame('yaml: line 2: did not find expected key'), false);
  assert.equal(isSame('linter: invalid or missing image'), false);
});

test('a deviation is known by what differs', () => {
  const difference = { file: 'f', context: 'push', part: 'a', path: 'steps/a/script' };
  const script = (ours: string, theirs: string) =>
    deviationFor({ ...difference, ours, golden: theirs }, '')?.key;
  assert.equal(script('echo + "\\`x\\`"\n`x`', 'echo + "`x`"\n`x`'), 'FIX 7.5 back-ticks');
  assert.equal(script('echo + "x"\n\\`x\\`', 'echo + "x"\n`x`'), undefined);
  const missing = { ...difference, path: 'error', ours: [], golden: 'yaml: missing kind attribute' };
  assert.equal(deviationFor(missing, '# note\n---\nkind: pipeline\n')?.key, 'FIX 1.1 empty documents');
  assert.equal(deviationFor(missing, 'kind: pipeline\n'), undefined);
});

test('values are compared member by member, absent ones as undefined', () => {
  assert.deepEqual(differencesOf({ a: 1, b: undefined, c: [1] }, { a: 1, c: [1, 2] }), [
    { path: 'c/1', ours: undefined, golden: 2 },
  ]);
  assert.deepEqual(differencesOf({ a: [] }, { a: {} }), [{ path: 'a', ours: [], golden: {} }]);
});
