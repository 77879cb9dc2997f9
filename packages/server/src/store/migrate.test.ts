import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { rejectsWith } from '@sortie/testing/rejects-with';
import { findConnectionByName } from './connections.ts';
import { type Database, openDatabase } from './db.ts';
import { readMeta, writeMeta } from './meta.ts';

function it(title: string, body: (path: string, open: () => Promise<Database>) => Promise<void>): void {
  test(title, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sortie-migrate-'));
    const path = join(folder, 'sortie.db');
    try {
      await body(path, () => openDatabase({ driver: 'sqlite', path }));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

it('a database is made once and keeps what it holds', async (_path, open) => {
  const first = await open();
  await writeMeta(first.db, 'k', 'v');
  await first.close();
  const second = await open();
  assert.equal(await readMeta(second.db, 'k'), 'v');
  assert.equal((await findConnectionByName(second.db, 'builtin'))?.kind, 'builtin');
  await second.close();
});

it('a database of a newer release is refused', async (_path, open) => {
  const database = await open();
  await database.db.insertInto('migrations').values({ number: 999, name: 'future', applied: 1 }).execute();
  await database.close();
  await rejectsWith('database-newer', open());
});

it('a file that is no database is unavailable, not overwritten', async (path, open) => {
  await writeFile(
    path,
    'this is not a database, but it is long enough to look like a page of one'.repeat(20),
  );
  await rejectsWith('database-unavailable', open());
});

test('a folder that does not exist is unavailable', async () => {
  await rejectsWith(
    'database-unavailable',
    openDatabase({ driver: 'sqlite', path: '/nonexistent/sortie.db' }),
  );
});
