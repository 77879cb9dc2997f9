import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { aRepo, aUser } from '@sortie/testing/domain-builders';
import { openDatabase } from '../store/db.ts';
import { insertRepo } from '../store/repos.ts';
import { insertUser } from '../store/users.ts';
import { checkRepos } from './check-repos.ts';
import { diagnose } from './doctor.ts';

async function examine(t: TestContext, prepare: (folder: string) => Promise<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-doctor-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const settings = await prepare(folder);
  const found = await diagnose({
    env: { SORTIE_DATA: folder, DRONE_SERVER_HOST: '127.0.0.1:9', ...settings },
    readFile: (path) => readFileSync(path, 'utf8'),
    searchPath: process.env.PATH ?? '',
    nowMs: () => Date.now(),
    checkEngines: async () => [],
    timeoutMs: 1_000,
  });
  return { folder, text: JSON.stringify(found), found };
}

test('the doctor leaves a database as it is, byte for byte, also one of another program', async (t) => {
  let before: Buffer | undefined;
  const { folder } = await examine(t, async (at) => {
    const path = join(at, 'database.sqlite');
    const other = new DatabaseSync(path);
    other.exec('create table theirs (id integer); insert into theirs values (1);');
    other.close();
    before = await readFile(path);
    return {};
  });
  assert.deepEqual(await readFile(join(folder, 'database.sqlite')), before);
});

test('a broken lock file is a finding, not the end of the doctor', async (t) => {
  const { found } = await examine(t, async (at) => {
    await writeFile(
      join(at, 'lock.sqlite'),
      'no database at all, but long enough to be taken for one'.repeat(40),
    );
    return {};
  });
  assert.ok(found.some(({ check, state }) => check === 'data' && state === 'fail'));
  assert.ok(found.some(({ check }) => check === 'address'));
});

test('a service that stops answering in the middle is waited for once, not for each repository', async (t) => {
  const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  t.after(() => database.close());
  const { db } = database;
  const { id: connectionId } = await db
    .insertInto('connections')
    .values({ kind: 'gogs', name: 'gogs' })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const login of ['ada', 'bob', 'cyd']) {
    const { id: userId } = await insertUser(db, aUser({ login, uid: login, connectionId }));
    await insertRepo(db, aRepo({ connectionId, uid: login, namespace: login, name: 'r', userId }));
  }
  let asked = 0;
  const silent = async (): Promise<never> => {
    asked += 1;
    throw new AppError('service-unavailable', 'Gogs does not answer.');
  };
  await checkRepos({
    ...{ db, builtinConnectionId: 1, down: new Set(), pollSeconds: 0, now: 1 },
    broker: { use: silent },
    forgeOf: silent as never,
  });
  assert.equal(asked, 1);
});
