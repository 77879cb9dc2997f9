import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Repo } from '@sortie/core/repo';
import { aStageDraft } from '@sortie/testing/domain-builders';
import type { HttpWorld } from '@sortie/testing/http-world';
import { codeOf, openRepoWorld } from '@sortie/testing/repo-world';
import { findBuild } from '../store/builds.ts';
import { listStages } from '../store/stages.ts';

/** Posts below the builds of a repository, with further headers. */
async function openBuilds(...[t, options]: Parameters<typeof openRepoWorld>) {
  const opened = await openRepoWorld(t, options);
  const post = (path: string, headers: Readonly<Record<string, string>> = {}) =>
    opened.send('POST', `/builds${path}`, { headers });
  return { ...opened, post };
}

/** A build with a blocked first stage, a finished second one, and a blocked third that needs the second. */
async function addBlocked(world: HttpWorld, repo: Repo) {
  const { build } = await world.start(
    [
      aStageDraft({ status: 'blocked' }),
      aStageDraft({ number: 2, status: 'success' }),
      aStageDraft({ number: 3, status: 'blocked', dependsOn: ['stage-2'] }),
    ],
    { in: repo },
  );
  const statuses = async () => (await listStages(world.db, build.id)).map((stage) => stage.status);
  const stored = async () => {
    const found = await findBuild(world.db, repo.id, build.number);
    if (found === undefined) throw new Error('the build is gone');
    return found;
  };
  return { build, statuses, stored };
}

test('[api approveBuild] [ledger 20] [ledger 21] an approved stage whose dependencies are done is due at once', async (t) => {
  const { world, repo, post } = await openBuilds(t);
  const { build, statuses, stored } = await addBlocked(world, repo);
  const { sequence } = await stored();
  const answer = await post(`/${build.number}/approve/3`);
  assert.deepEqual([answer.statusCode, answer.body], [204, '']);
  assert.deepEqual(await statuses(), ['blocked', 'success', 'pending']);
  const after = await stored();
  assert.equal(after.status, 'pending');
  assert.ok(after.sequence > sequence);
  assert.deepEqual(codeOf(await post(`/${build.number}/approve/3`)), [400, 'stage-not-blocked']);
  assert.deepEqual(codeOf(await post(`/${build.number}/approve/9`)), [404, 'not-found']);
  assert.equal((await post(`/${build.number}/approve`)).statusCode, 204);
  assert.deepEqual(await statuses(), ['pending', 'success', 'pending']);
  assert.deepEqual(codeOf(await post(`/${build.number}/approve`)), [400, 'stage-not-blocked']);
});

test('[api approveBuild] of an approval and a decline at the same time one counts', async (t) => {
  const { world, repo, post } = await openBuilds(t);
  const { build, statuses } = await addBlocked(world, repo);
  const answers = await Promise.all([
    post(`/${build.number}/approve/1`),
    post(`/${build.number}/approve/1`),
    post(`/${build.number}/decline/1`),
  ]);
  const codes = answers.map((answer) => answer.statusCode).sort();
  assert.deepEqual(codes, [204, 400, 400]);
  assert.ok(['pending', 'declined'].includes((await statuses())[0] ?? ''));
});

test('[api declineBuild] [ledger 19] [ledger 21] a declined stage ends the build and everything in it', async (t) => {
  const { world, repo, post } = await openBuilds(t);
  const { build, statuses, stored } = await addBlocked(world, repo);
  world.advance(5_000);
  const before = await stored();
  assert.equal((await post(`/${build.number}/decline/3`)).statusCode, 204);
  assert.deepEqual(await statuses(), ['skipped', 'success', 'declined']);
  const after = await stored();
  assert.deepEqual([after.status, after.finished], ['declined', world.now()]);
  assert.ok(after.sequence > before.sequence);
  const intents = await world.db
    .selectFrom('outbox')
    .selectAll()
    .where('subject', '=', `build:${build.id}`)
    .execute();
  const kinds = intents.map((intent) => intent.kind);
  assert.deepEqual([kinds.includes('status'), kinds.includes('webhook')], [true, true]);
  // Drone's page sends a request for each stage.
  assert.equal((await post(`/${build.number}/decline/1`)).statusCode, 204);
  assert.deepEqual(codeOf(await post(`/${build.number}/decline/3`)), [400, 'stage-not-blocked']);
  assert.deepEqual(codeOf(await post(`/${build.number}/approve/1`)), [400, 'stage-not-blocked']);
  assert.deepEqual(await statuses(), ['skipped', 'success', 'declined']);
});

test('[api POST R/builds/{number}/decline] [ledger 19] a whole build is declined completely or not at all', async (t) => {
  const { world, repo, post } = await openBuilds(t);
  const partly = await addBlocked(world, repo);
  assert.deepEqual(codeOf(await post(`/${partly.build.number}/decline`)), [400, 'stage-not-blocked']);
  assert.deepEqual(await partly.statuses(), ['blocked', 'success', 'blocked']);
  const stages = [aStageDraft({ status: 'blocked' }), aStageDraft({ number: 2, status: 'blocked' })];
  const { build } = await world.start(stages, { in: repo });
  assert.equal((await post(`/${build.number}/decline`)).statusCode, 204);
  const stored = await listStages(world.db, build.id);
  assert.deepEqual(
    stored.map((stage) => stage.status),
    ['declined', 'declined'],
  );
  assert.equal((await findBuild(world.db, repo.id, build.number))?.status, 'declined');
});

test('[api approveBuild] only administrators of the repository approve and decline', async (t) => {
  const { world, repo, post, member } = await openBuilds(t);
  const { build, statuses } = await addBlocked(world, repo);
  const headers = await member('writer', { read: true, write: true, admin: false });
  for (const path of ['approve', 'approve/1', 'decline', 'decline/1']) {
    assert.equal((await post(`/${build.number}/${path}`, headers)).statusCode, 404);
  }
  assert.deepEqual(await statuses(), ['blocked', 'success', 'blocked']);
});
