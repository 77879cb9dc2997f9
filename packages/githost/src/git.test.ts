import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findGit } from './git.ts';

async function folderWith(t: TestContext, script?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-path-'));
  t.after(() => rm(folder, { recursive: true }));
  if (script !== undefined) await writeFile(join(folder, 'git'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

test('[scm B17] a machine without git is told apart by a code, with the remedy', async (t) => {
  const searchPath = await folderWith(t);
  await assert.rejects(findGit({ searchPath }), { code: 'git-missing', hint: /Install git 2\.31 or newer/ });
  await assert.rejects(findGit({ searchPath, command: join(searchPath, 'git') }), { code: 'git-missing' });
});

test('[scm B17] a git that is too old, broken or no git at all is refused', async (t) => {
  for (const [script, message] of [
    ['echo git version 2.30.9', /git 2\.30\.9 at .* is too old/],
    ['echo git version 1.99', /too old/],
    ['exit 1', /cannot be run/],
    ['echo hello', /does not say which version/],
  ] as const) {
    const searchPath = await folderWith(t, script);
    await assert.rejects(findGit({ searchPath }), { code: 'git-missing', message });
  }
});

test('the first git of the search path is taken, relative folders are passed over', async (t) => {
  const [empty, first] = [await folderWith(t), await folderWith(t, 'echo git version 3.0.1.windows.1')];
  const found = await findGit({ searchPath: ['', '.', empty, first].join(delimiter) });
  assert.deepEqual(found, { path: join(first, 'git'), version: '3.0.1' });
  assert.ok(isAbsolute(found.path));
});
