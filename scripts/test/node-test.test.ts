import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serviceOf } from './suites.ts';

const folder = mkdtempSync(join(tmpdir(), 'sortie-suites-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('the name of a test file says which service it needs', () => {
  assert.equal(serviceOf('packages/engine/src/docker/docker.docker.test.ts'), 'docker');
  assert.equal(serviceOf('packages/server/src/store/postgres.postgres.test.ts'), 'postgres');
  assert.equal(serviceOf('packages/web/src/e2e/pages.chromium.test.ts'), 'chromium');
  assert.equal(serviceOf('e2e/push.e2e.test.ts'), 'e2e');
  assert.equal(serviceOf('packages/core/src/docker.test.ts'), undefined);
});

test('skipped and todo tests are listed with their reasons, passed ones are not', () => {
  const file = join(folder, 'left-out.test.mjs');
  const outcome = join(folder, 'outcome.jsonl');
  writeFileSync(
    file,
    "import { test } from 'node:test';" +
      "test('runs', () => {}); test('waits', { skip: '../shared is absent' }, () => {}); test('later', { todo: true });",
  );
  const reporter = fileURLToPath(new URL('./outcome-reporter.ts', import.meta.url));
  const args = ['--test', '--test-isolation=none', `--test-reporter=${reporter}`];
  const run = spawnSync(process.execPath, [...args, `--test-reporter-destination=${outcome}`, file], {
    // The variable would tell the inner run that it is a part of this one.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  assert.equal(run.status, 0);
  const lines = readFileSync(outcome, 'utf8').trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [
      { title: 'waits', file, kind: 'skipped', reason: '../shared is absent' },
      { title: 'later', file, kind: 'todo', reason: '' },
    ],
  );
});
