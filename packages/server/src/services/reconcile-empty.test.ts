import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listGitRefs } from '../store/git-refs.ts';
import { openSilent } from './reconcile.fixture.ts';
import { findMissed } from './reconcile.ts';

test('a service that shows no branch for a moment does not make everything old look new', async (t) => {
  const world = await openSilent(t);
  const { repo, db, ada, gogs } = world;
  for (const branch of ['one', 'two', 'three']) gogs.push('ada/demo', { branch, message: 'Old\n' });
  gogs.tag('ada/demo', 'v1');
  const forge = world.forgeOf(repo.connectionId);
  const { webhooks } = forge;
  assert.ok(webhooks);
  await world.reconcile();
  const before = await listGitRefs(db, repo.id);
  assert.ok(before.size >= 5);
  const empty = { ...forge, webhooks: { ...webhooks, listRefs: async () => new Map() } };
  await db.deleteFrom('builds').where('repo_id', '=', repo.id).execute();
  assert.deepEqual((await findMissed({ ...world, forgeOf: () => empty }, repo, ada)).missed, []);
  assert.deepEqual(await listGitRefs(db, repo.id), before);
  assert.deepEqual((await findMissed(world, repo, ada)).missed, []);
});
