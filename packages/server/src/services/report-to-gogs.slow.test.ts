import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner } from '@sortie/testing/domain-builders';
import { TIP } from '@sortie/testing/fake-forge-state';
import { runThrough, take } from '@sortie/testing/queue-runs';
import { AT_ONCE, aStageReport, aStep } from '@sortie/testing/queue-world';
import { openStatusWorld } from './status-world.fixture.ts';

const PUSH = { after: TIP };

test('[scm C8] Gogs has no statuses: nothing is called, and nothing stays behind', async (t) => {
  const world = await openStatusWorld(t, undefined);
  await world.start(undefined, { in: world.repo, build: PUSH });
  await world.pass();
  assert.deepEqual(world.gogs.requests, []);
  assert.deepEqual(
    await world.db.selectFrom('outbox').select('id').where('kind', '=', 'status').execute(),
    [],
  );
  assert.deepEqual(world.warnings, []);
});

test('where it is switched on, Gogs gets one comment with the result of a pull request', async (t) => {
  const world = await openStatusWorld(t, undefined, { rules: { commentsOnGogs: true } });
  world.gogs.addRepo('acme/rocket', { modes: { ada: 'admin' } });
  const pull = { event: 'pull_request', ref: 'refs/pull/7/head', sourceRepo: 'acme/rocket' } as const;
  const start = (patch = {}) => world.start(undefined, { in: world.repo, build: { ...PUSH, ...patch } });
  await start();
  const { build } = await start(pull);
  await world.pass();
  for (let count = 0; count < 2; count += 1) {
    const assignment = await world.queue.request(aRunner(), AT_ONCE);
    if (assignment === undefined) break;
    await world.queue.begin(assignment.lease, [aStep()]);
    await world.queue.finish(assignment.lease, aStageReport({ status: 'failure' }));
  }
  await world.pass();
  await world.pass();
  const comments = world.gogs.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/comments'),
  );
  assert.deepEqual(
    comments.map(({ path }) => path),
    ['/api/v1/repos/acme/rocket/issues/7/comments'],
  );
  assert.match(JSON.stringify(comments[0]), /Build #2\]/);
  assert.match(JSON.stringify(comments[0]), new RegExp(`/acme/rocket/${build.number}`));
});

test('a comment that may have been written is not written again', async (t) => {
  const world = await openStatusWorld(t, undefined, { rules: { commentsOnGogs: true } });
  const pull = { event: 'pull_request', ref: 'refs/pull/7/head', sourceRepo: 'acme/rocket' } as const;
  await world.start(undefined, { in: world.repo, build: { ...PUSH, ...pull } });
  await runThrough(world, await take(world));
  await world.gogs.close();
  await world.pass();
  const [noted] = await world.db.selectFrom('sent_statuses').selectAll().execute();
  assert.match(noted?.label ?? '', /^comment\//);
  world.advance(60_000);
  await world.pass();
  assert.deepEqual(
    await world.db.selectFrom('outbox').select('id').where('kind', '=', 'status').execute(),
    [],
  );
});
