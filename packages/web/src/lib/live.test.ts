import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aBuild, aRepo, aStage } from '../testing/sample.ts';
import { applyToRepos, CONNECTING, linkAfter, mustPoll, newerBuild, upsertBuild } from './live.ts';

test('[ui U77] an older snapshot never replaces a newer one', () => {
  const newer = aBuild({ version: 4, status: 'success' });
  const older = aBuild({ version: 3, status: 'running' });
  assert.equal(newerBuild(newer, older), newer);
  assert.equal(newerBuild(older, newer), newer);
});

test('[ui U77] within one version of the build its stages decide', () => {
  const early = aBuild({ stages: [aStage({ version: 2, status: 'running' })] });
  const late = aBuild({ stages: [aStage({ version: 5 })] });
  assert.equal(newerBuild(late, early), late);
  const retried = aBuild({ stages: [aStage({ id: 9, version: 1, status: 'pending' })] });
  assert.equal(newerBuild(late, retried), retried);
});

test('[ui U26] a new build is put in once, in its place', () => {
  const builds = [aBuild({ id: 3, number: 3 }), aBuild({ id: 1, number: 1 })];
  const incoming = aBuild({ id: 2, number: 2 });
  const once = upsertBuild(builds, incoming);
  assert.deepEqual(
    once.map((build) => build.number),
    [3, 2, 1],
  );
  assert.equal(upsertBuild(once, incoming).length, 3);
});

test('[ui U17] a build that starts elsewhere becomes the latest of its repository', () => {
  const repos = [aRepo({ slug: 'octo/hello', counter: 1, build: aBuild({ number: 1 }) })];
  const changed = applyToRepos(repos, 'octo/hello', aBuild({ id: 2, number: 2, status: 'running' }));
  assert.equal(changed?.[0]?.build?.number, 2);
  assert.equal(changed?.[0]?.counter, 2);
  assert.equal(applyToRepos(changed ?? [], 'octo/hello', aBuild({ number: 1 }))?.[0]?.build?.number, 2);
  assert.equal(applyToRepos(repos, 'octo/unknown', aBuild()), undefined);
});

test('[ui U77] pages poll after two failures in a row and stop when the stream is back', () => {
  const once = linkAfter(CONNECTING, { type: 'retry', failures: 1 });
  assert.equal(mustPoll(once), false);
  const twice = linkAfter(once, { type: 'retry', failures: 2 });
  assert.equal(mustPoll(twice), true);
  assert.equal(linkAfter(twice, { type: 'open' }).state, 'live');
});

test('[ui U109] without a network the page says so and does not poll', () => {
  const offline = linkAfter(linkAfter(CONNECTING, 'offline'), { type: 'retry', failures: 5 });
  assert.equal(offline.state, 'offline');
  assert.equal(mustPoll(offline), false);
  assert.equal(linkAfter(offline, 'online').state, 'retrying');
});
