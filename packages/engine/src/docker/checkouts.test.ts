import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Checkouts } from './checkouts.ts';

test('a sweep removes the checkouts of earlier processes of the same runner only', async () => {
  const base = await mkdtemp(join(tmpdir(), 'sortie-checkouts-'));
  const crashed = await new Checkouts(base, 'runner/one', 'p1').make();
  await writeFile(join(crashed, 'file'), 'left');
  const other = await new Checkouts(base, 'runner two', 'p1').make();
  const checkouts = new Checkouts(base, 'runner/one', 'p2');
  assert.equal((await checkouts.sweep()).length, 1);
  await assert.rejects(stat(crashed), { code: 'ENOENT' });
  const own = await checkouts.make();
  assert.equal((await stat(own)).mode & 0o777, 0o700);
  assert.deepEqual(await checkouts.sweep(), []);
  assert.deepEqual(await readdir(other), []);
  assert.deepEqual(await readdir(own), []);
  await checkouts.close();
  await rm(base, { recursive: true });
});

test('a folder that others can write to is not used', async () => {
  const base = await mkdtemp(join(tmpdir(), 'sortie-checkouts-'));
  const checkouts = new Checkouts(base, 'runner', 'p1');
  await checkouts.make();
  for (const name of await readdir(base)) await chmod(join(base, name), 0o777);
  await assert.rejects(checkouts.make(), { code: 'engine-failed' });
  await rm(base, { recursive: true });
});
