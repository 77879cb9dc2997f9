import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listStages } from '../store/stages.ts';
import { type HookWorld, openHookWorld, PIPELINE } from './hook-world.fixture.ts';

const SLUG = 'ada/demo';
const FILES = { '.drone.yml': PIPELINE };
const EVIL = { '.drone.yml': PIPELINE.replace('true', 'evil') };

/** A public repository of a Gogs, and a fork of it by somebody else with a branch of their own. */
async function openForked(t: Parameters<typeof openHookWorld>[0]) {
  const world = await openHookWorld(t, { repo: { isPrivate: false, visibility: 'public' } });
  const { gogs } = world;
  gogs.push(SLUG, { files: FILES });
  gogs.addUser('bob');
  gogs.fork(SLUG, 'bob');
  gogs.push('bob/demo', { branch: 'change', files: EVIL });
  await gogs.settled();
  await world.grant(world.ada, world.repo, { read: true, write: true, admin: true });
  const headers = await world.bearer(world.ada);
  const ask = (method: 'POST' | 'PATCH', path: string, payload?: object) =>
    world.app.inject({ method, url: `/api/repos/${SLUG}${path}`, headers, payload });
  return { ...world, ask };
}

/** The stages of the newest pull request's build, and the file that it runs. */
async function newest(world: HookWorld) {
  await world.gogs.settled();
  const build = (await world.builds()).find(({ event }) => event === 'pull_request');
  if (build === undefined) assert.fail('there is no build of a pull request');
  const [stage] = await listStages(world.db, build.id);
  return { number: build.number, status: stage?.status, config: build.config };
}

test('[scm X23] [pipeline 125] a fork of a public repository at Gogs waits for an approval, and again after each push', async (t) => {
  const world = await openForked(t);
  world.gogs.openPull(SLUG, { head: 'change', from: 'bob/demo' });
  const first = await newest(world);
  assert.equal(first.status, 'blocked');
  assert.equal((await world.ask('POST', `/builds/${first.number}/approve`)).statusCode, 204);
  assert.equal((await newest(world)).status, 'pending');
  world.gogs.push('bob/demo', { branch: 'change', files: { ...EVIL, 'more.txt': 'x' } });
  const second = await newest(world);
  assert.notEqual(second.number, first.number);
  assert.equal(second.status, 'blocked');
});

test('[scm X24] with fork_config: base the fork at Gogs runs the pipelines of the branch that it is for', async (t) => {
  const world = await openForked(t);
  await world.ask('PATCH', '', { fork_config: 'base' });
  world.gogs.openPull(SLUG, { head: 'change', from: 'bob/demo' });
  assert.equal((await newest(world)).config, PIPELINE);
});

test('[pipeline 44] a reopened pull request at Gogs is not built when the repository says so', async (t) => {
  const world = await openForked(t);
  const pull = world.gogs.openPull(SLUG, { head: 'change', from: 'bob/demo' });
  const { number } = await newest(world);
  await world.ask('PATCH', '', { ignore_reopened: true });
  world.gogs.closePull(SLUG, pull);
  world.gogs.reopenPull(SLUG, pull);
  assert.equal((await newest(world)).number, number);
  await world.ask('PATCH', '', { ignore_reopened: false });
  world.gogs.closePull(SLUG, pull);
  world.gogs.reopenPull(SLUG, pull);
  assert.ok((await newest(world)).number > number);
});
