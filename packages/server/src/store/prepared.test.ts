import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRepo } from '@sortie/testing/domain-builders';
import { inTransaction, openDatabase } from './db.ts';
import { prepared, type ValueOf } from './prepared.ts';
import { insertRepo } from './repos.ts';

test('a prepared query is built once for a database and its transactions, and again for another', async (t) => {
  let builds = 0;
  const selectNames = prepared((db, value: ValueOf<{ slug: string; limit: number }>) => {
    builds += 1;
    return db.selectFrom('repos').select('name').where('slug', '=', value('slug')).limit(value('limit'));
  });
  for (const expected of [1, 2]) {
    const { db, close } = await openDatabase({ driver: 'sqlite', path: ':memory:' });
    t.after(close);
    await insertRepo(db, aRepo({ name: 'one' }));
    await insertRepo(db, aRepo({ name: 'two' }));
    assert.deepEqual(await selectNames(db, { slug: 'octocat/one', limit: 1 }), [{ name: 'one' }]);
    const inside = await inTransaction(db, (tx) => selectNames(tx, { slug: 'octocat/two', limit: 1 }));
    assert.deepEqual(inside, [{ name: 'two' }]);
    assert.deepEqual(await selectNames(db, { slug: 'octocat/two', limit: 0 }), []);
    assert.equal(builds, expected);
  }
});

test('a value of a prepared query stays a value', async (t) => {
  const { db, close } = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  t.after(close);
  await insertRepo(db, aRepo());
  const select = prepared((handle, value: ValueOf<{ slug: string }>) =>
    handle.selectFrom('repos').select('name').where('slug', '=', value('slug')),
  );
  assert.deepEqual(await select(db, { slug: "' or 1 = 1 --" }), []);
});
