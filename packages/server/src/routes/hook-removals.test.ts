import assert from 'node:assert/strict';
import { test } from 'node:test';
import { updateRepo } from '../store/repos.ts';
import { type HookWorld, openHookWorld, PIPELINE } from './hook-world.fixture.ts';

const SLUG = 'ada/demo';

/** Builds of a push and of two pull requests of one branch, none of which has begun. */
async function openWithPulls(t: Parameters<typeof openHookWorld>[0]) {
  const world = await openHookWorld(t);
  const { gogs } = world;
  gogs.push(SLUG, { files: { '.drone.yml': PIPELINE } });
  gogs.push(SLUG, { branch: 'next' });
  gogs.push(SLUG, { branch: 'topic' });
  const pull = gogs.openPull(SLUG, { head: 'topic' });
  gogs.openPull(SLUG, { head: 'topic', base: 'next' });
  await gogs.settled();
  return { ...world, pull };
}

/** Event, target and status of each build of the branch, oldest first. */
async function ofTopic(world: HookWorld): Promise<readonly string[]> {
  await world.gogs.settled();
  return (await world.builds())
    .filter(({ source }) => source === 'topic')
    .map(({ event, target, status }) => `${event} ${target} ${status}`)
    .reverse();
}

test('builds of a deleted branch and a closed pull request go on, unless the repository says otherwise', async (t) => {
  const world = await openWithPulls(t);
  const { gogs, db, repo, pull } = world;
  const pending = ['push topic pending', 'pull_request main pending', 'pull_request next pending'];
  gogs.closePull(SLUG, pull);
  assert.deepEqual(await ofTopic(world), pending);
  gogs.reopenPull(SLUG, pull);
  await gogs.settled();
  await updateRepo(db, repo.id, { autoCancelClosed: true });
  gogs.closePull(SLUG, pull);
  const [push, , other] = pending;
  const killed = 'pull_request main killed';
  assert.deepEqual(await ofTopic(world), [push, killed, other, killed]);
  gogs.deleteBranch(SLUG, 'topic');
  assert.deepEqual((await ofTopic(world)).slice(0, 1), ['push topic killed']);
  const main = (await world.builds()).filter(({ ref }) => ref === 'refs/heads/main');
  assert.deepEqual(
    main.map(({ status }) => status),
    ['pending'],
  );
});
