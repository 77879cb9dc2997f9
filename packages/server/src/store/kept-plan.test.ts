import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from './db.ts';
import { createPlanNames, KEEPS_PLAN } from './kept-plan.ts';

test('a statement whose plan is kept has one name, others have none, and there are not ever more of them', async (t) => {
  const { db, close } = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  t.after(close);
  const kept = (column: string) => sql`${KEEPS_PLAN} select ${sql.ref(column)}`.compile(db).sql;
  const nameOf = createPlanNames();
  const first = nameOf(kept('a'));
  assert.notEqual(first, undefined);
  assert.notEqual(nameOf(kept('b')), first);
  assert.equal(nameOf(kept('a')), first);
  assert.equal(nameOf('select a'), undefined);
  const names = Array.from({ length: 100 }, (_, at) => nameOf(kept(`column-${at}`)));
  assert.equal(names.at(-1), undefined);
  assert.equal(nameOf(kept('a')), first);
});
