import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DriverKind } from '@sortie/scm/rest/test-drivers';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { TIP } from '@sortie/testing/fake-forge-state';
import { runThrough, take } from '@sortie/testing/queue-runs';
import { cancel } from '@sortie/testing/queue-views';
import { aStageReport, aStep } from '@sortie/testing/queue-world';
import { findBuildById } from '../store/builds.ts';
import { declineStages } from './approve-build.ts';
import { cancelSupersededBuilds } from './cancel-build.ts';
import { CI, openReportingWorld } from './status-world.fixture.ts';

const PUSH = { after: TIP };
const DAY = 86_400;

/** What each service calls pending, running and success. */
const WORDS: Readonly<Record<DriverKind, readonly [string, string, string]>> = {
  gitea: ['pending', 'pending', 'success'],
  github: ['pending', 'pending', 'success'],
  gitlab: ['pending', 'running', 'success'],
  bitbucket: ['INPROGRESS', 'INPROGRESS', 'SUCCESSFUL'],
  stash: ['INPROGRESS', 'INPROGRESS', 'SUCCESSFUL'],
};

for (const [kind, words] of Object.entries(WORDS)) {
  test(`[scm C9] [scm X34] ${kind} is told that a build waits, runs and has passed, with a link to this server`, async (t) => {
    const world = await openReportingWorld(t, kind as DriverKind);
    const { build } = await world.start(undefined, {
      in: world.repo,
      build: { ...PUSH, link: 'https://evil.example.test/' },
    });
    await world.pass();
    const assignment = await take(world);
    await world.queue.begin(assignment.lease, [aStep()]);
    await world.pass();
    await world.queue.finish(assignment.lease, aStageReport());
    await world.pass();
    await world.pass();
    const label = 'continuous-integration/drone/push';
    const texts = ['waiting for a runner: none of those connected fits', 'running', 'passed'];
    const link = `${CI}/acme/rocket/${build.number}`;
    assert.deepEqual(
      world.seen(),
      words.map((state, index) => ({ label, state, text: texts[index], link })),
    );
    assert.deepEqual(world.warnings, []);
  });
}

test('[scm C9] the label tells the event, and builds of the clock are never told of', async (t) => {
  const world = await openReportingWorld(t, 'gitea');
  const events = [
    { event: 'pull_request', ref: 'refs/pull/7/head', sourceRepo: 'acme/rocket' },
    { event: 'tag', ref: 'refs/tags/v1' },
    { event: 'promote', deployTo: 'Prod (EU)' },
    { event: 'rollback', deployTo: 'prod' },
    { event: 'custom' },
    { event: 'cron', cron: 'nightly' },
  ] as const;
  for (const event of events) {
    await world.start(undefined, { in: world.repo, build: { ...PUSH, ...event } });
    await world.pass();
  }
  assert.deepEqual(
    world.seen().map(({ label }) => label.replace('continuous-integration/', '')),
    ['drone/pr', 'drone/tag', 'drone/promote/prod-eu', 'drone', 'drone'],
  );
});

test('[scm C9] what ended otherwise is told of in the words of the service', async (t) => {
  const world = await openReportingWorld(t, 'github');
  const start = (status: 'pending' | 'blocked' = 'pending') =>
    world.start([aStageDraft({ status })], { in: world.repo, build: PUSH });
  for (const status of ['failure', 'error', 'killed', 'skipped'] as const) {
    const { build } = await start();
    if (status === 'killed') await cancel(world, build.id);
    else {
      const { lease } = await take(world, 'runner-1', build.id);
      await world.queue.begin(lease, [aStep()]);
      await world.queue.finish(lease, aStageReport({ status }));
    }
    await world.pass();
  }
  const { build } = await start('blocked');
  await world.pass();
  await declineStages(world, { buildId: build.id });
  await world.pass();
  assert.deepEqual(
    world.seen().map(({ state, text }) => [state, text]),
    [
      ['failure', 'failed: default'],
      ['error', 'ended with an error: default'],
      ['error', 'cancelled'],
      ['success', 'passed'],
      ['pending', 'waiting for an approval'],
      ['error', 'declined'],
    ],
  );
});

test('each pipeline has a status of its own, and a skipped one is a success that says why', async (t) => {
  const world = await openReportingWorld(t, 'gitea', { rules: { hasPipelines: true } });
  const stages = [
    aStageDraft({ name: 'build' }),
    aStageDraft({ number: 2, name: 'test', dependsOn: ['build'] }),
    aStageDraft({ number: 3, name: 'notify', dependsOn: ['build'], onSuccess: false, onFailure: true }),
  ];
  await world.start(stages, { in: world.repo, build: PUSH });
  await world.pass();
  const first = await take(world);
  await world.queue.begin(first.lease, [aStep()]);
  await world.queue.finish(first.lease, aStageReport());
  await world.pass();
  const second = await take(world);
  await world.queue.begin(second.lease, [aStep()]);
  await world.pass();
  const seen = world.seen().map(({ label, state, text }) => [label.slice(29), state, text]);
  const runner = 'waiting for a runner: none of those connected fits';
  assert.deepEqual(seen.slice(0, 4), [
    ['push', 'pending', runner],
    ['push/build', 'pending', runner],
    ['push/test', 'pending', 'waiting for other pipelines'],
    ['push/notify', 'pending', 'waiting for other pipelines'],
  ]);
  assert.deepEqual(
    seen.slice(4).filter(([label]) => label !== 'push/test'),
    [
      ['push', 'pending', 'running'],
      ['push/build', 'success', 'passed'],
      ['push/notify', 'success', 'skipped: it runs after a failure only'],
    ],
  );
  assert.deepEqual(seen.at(-1), ['push/test', 'pending', 'running']);
});

test('several changes before the sender looks are told of once, as the latest of them', async (t) => {
  const world = await openReportingWorld(t, 'gitea');
  await world.start(undefined, { in: world.repo, build: PUSH });
  await runThrough(world, await take(world));
  await world.pass();
  assert.deepEqual(world.states(), ['success']);
  await world.pass();
  assert.equal(world.seen().length, 1);
});

test('the newest build of a commit has the label, whatever becomes of an older one later', async (t) => {
  const world = await openReportingWorld(t, 'gitea');
  const older = await world.start(undefined, { in: world.repo, build: PUSH });
  await world.start(undefined, { in: world.repo, build: PUSH });
  const { lease } = await take(world, 'runner-1', older.build.id);
  await world.pass();
  await world.queue.begin(lease, [aStep()]);
  await world.queue.finish(lease, aStageReport({ status: 'failure' }));
  await world.pass();
  assert.equal(world.states().includes('failure'), false);
  assert.equal(world.states().at(-1), 'pending');
});

test('[scm C11] a service that is down for a minute gets the final state, and the build does not notice', async (t) => {
  const world = await openReportingWorld(t, 'github');
  const { build } = await world.start(undefined, { in: world.repo, build: PUSH });
  const down = { status: 503, text: 'down' };
  world.fake.interpose(down);
  await world.pass();
  await runThrough(world, await take(world));
  await world.pass();
  assert.equal(world.fake.calls.length, 1);
  for (const seconds of [4, 1]) {
    world.fake.interpose(...(seconds === 1 ? [down] : []));
    world.advance(seconds * 1_000);
    await world.pass();
  }
  assert.equal(world.fake.calls.length, 2);
  world.advance(30_000);
  await world.pass();
  assert.deepEqual(world.states(), ['success']);
  assert.equal((await findBuildById(world.db, build.id))?.status, 'success');
  world.advance(600_000);
  await world.pass();
  assert.equal(world.fake.calls.length, 3);
});

test('the pause that a service asks for is kept for all of its builds', async (t) => {
  const world = await openReportingWorld(t, 'github');
  await world.start(undefined, { in: world.repo, build: PUSH });
  // The clock of the driver stands 10,000,000 s before that of the world.
  world.fake.interpose({ status: 429, json: {}, headers: { 'retry-after': '10000300' } });
  await world.pass();
  assert.equal(world.fake.calls.length, 1);
  await world.start(undefined, { in: world.repo, build: { ...PUSH, event: 'tag', ref: 'refs/tags/v1' } });
  world.advance(299_000);
  await world.pass();
  assert.equal(world.fake.calls.length, 1);
  world.advance(1_000);
  await world.pass();
  assert.equal(world.fake.calls.length, 3);
});

test('a status that nobody takes is given up: soon when it is refused, after a day when it cannot be sent', async (t) => {
  const world = await openReportingWorld(t, 'github');
  await world.start(undefined, { in: world.repo, build: PUSH });
  const intents = () => world.db.selectFrom('outbox').select('id').where('kind', '=', 'status').execute();
  for (const seconds of [0, 5, 30, 120]) {
    world.advance(seconds * 1_000);
    world.fake.interpose({ status: 403, json: {} });
    assert.equal((await intents()).length, 1);
    await world.pass();
  }
  assert.deepEqual(await intents(), []);
  await world.start(undefined, { in: world.repo, build: PUSH });
  for (const seconds of [0, DAY]) {
    world.advance(seconds * 1_000);
    world.fake.interpose({ status: 503, text: 'down' });
    await world.pass();
  }
  assert.deepEqual(await intents(), []);
  assert.equal(world.warnings.filter((text) => text.endsWith('given up')).length, 2);
});

test('two servers over one database tell of a build once', async (t) => {
  const world = await openReportingWorld(t, 'gitea');
  for (let count = 0; count < 5; count += 1) {
    await world.start(undefined, { in: world.repo, build: { ...PUSH, after: `${count}`.repeat(40) } });
  }
  const senders = [world.newSender(), world.newSender(), world.newSender()];
  await Promise.all(senders.map((sender) => sender.pass()));
  assert.equal(world.seen().length, 5);
});

test('[scm M33] a deployment of GitHub is told of when it has ended, and its commit is not', async (t) => {
  const world = await openReportingWorld(t, 'github');
  const deployment = { event: 'promote', deployTo: 'production', deployId: 91 } as const;
  await world.start(undefined, { in: world.repo, build: { ...PUSH, ...deployment } });
  await world.pass();
  assert.deepEqual(world.seen(), []);
  await runThrough(world, await take(world));
  await world.pass();
  assert.deepEqual(
    world.fake.state.statuses.map(({ path }) => path.replace(/^.*rocket/, '')),
    ['/deployments/91/statuses'],
  );
});

test('statuses that are switched off are not sent, and do not pile up', async (t) => {
  const world = await openReportingWorld(t, 'gitea', { rules: { isEnabled: false } });
  await world.start(undefined, { in: world.repo, build: PUSH });
  await world.pass();
  assert.deepEqual(world.fake.calls, []);
  assert.deepEqual(
    await world.db.selectFrom('outbox').select('id').where('kind', '=', 'status').execute(),
    [],
  );
});

test('a pass goes on until nothing is due, and begins nothing more when the server stops', async (t) => {
  const world = await openReportingWorld(t, 'gitea');
  const intent = (number: number) => ({
    ...{ kind: 'status', subject: `build:${number}`, due: 1, created: world.now() },
    payload: JSON.stringify({ repoId: world.repo.id, buildId: number }),
  });
  const all = Array.from({ length: 450 }, (_, number) => intent(1_000 + number));
  await world.db.insertInto('outbox').values(all).execute();
  const left = async () => (await world.db.selectFrom('outbox').select('id').execute()).length;
  await world.newSender(AbortSignal.abort()).pass();
  assert.equal(await left(), 450);
  await world.pass();
  assert.equal(await left(), 0);
});

test('what the service has taken before it failed is not sent again', async (t) => {
  const world = await openReportingWorld(t, 'gitea', { rules: { hasPipelines: true } });
  await world.start([aStageDraft(), aStageDraft({ number: 2 })], { in: world.repo, build: PUSH });
  world.fake.interpose({ status: 201, json: {} }, { status: 503, text: 'down' });
  await world.pass();
  assert.equal(world.fake.calls.length, 2);
  world.advance(5_000);
  await world.pass();
  assert.deepEqual(
    world.seen().map(({ label }) => label.slice(29)),
    ['push/default', 'push/stage-2'],
  );
});

test('[scm C10] that GitLab knows a state already is no failure', async (t) => {
  const world = await openReportingWorld(t, 'gitlab');
  await world.start(undefined, { in: world.repo, build: PUSH });
  await world.pass();
  // As after a crash between the call and the note of it.
  await world.db.deleteFrom('sent_statuses').execute();
  await world.db
    .insertInto('outbox')
    .values({
      ...{ kind: 'status', subject: 'build:1', due: 1, created: world.now() },
      payload: JSON.stringify({ repoId: world.repo.id, buildId: 1 }),
    })
    .execute();
  await world.pass();
  assert.equal(world.fake.calls.length, 2);
  assert.deepEqual(world.warnings, []);
  assert.equal((await world.db.selectFrom('sent_statuses').selectAll().execute()).length, 1);
});

test('[scm C12] a long label has the same key at Bitbucket Cloud for every state', async (t) => {
  const world = await openReportingWorld(t, 'bitbucket', { rules: { hasPipelines: true } });
  const name = 'a-pipeline-with-a-name-that-does-not-fit';
  await world.start([aStageDraft({ name })], { in: world.repo, build: PUSH });
  await world.pass();
  await runThrough(world, await take(world));
  await world.pass();
  const keys = world.seen().map(({ label }) => label);
  assert.deepEqual([keys.length, new Set(keys).size], [4, 2]);
  assert.ok(keys.every((key) => key.length <= 40));
});

test('a build that a newer one replaced is a success that says so', async (t) => {
  const world = await openReportingWorld(t, 'gitea');
  const { build } = await world.start(undefined, { in: world.repo, build: PUSH });
  const newer = { ...build, number: build.number + 1 };
  await cancelSupersededBuilds(world, { repo: { ...world.repo, autoCancelPushes: true }, build: newer });
  await world.pass();
  assert.deepEqual(
    world.seen().map(({ state, text }) => [state, text]),
    [['success', 'skipped: a newer build took its place']],
  );
});
