import assert from 'node:assert/strict';
import { AppError } from '@sortie/core/errors';
import { pauseQueue, resumeQueue } from '@sortie/server/queue/pause';
import { findBuildById } from '@sortie/server/store/builds';
import { pauseRunner } from '@sortie/server/store/runners';
import { listStages } from '@sortie/server/store/stages';
import { aRunner, aStageDraft } from './domain-builders.ts';
import { type QueueCase, runThrough, take } from './queue-runs.ts';
import { AT_ONCE } from './queue-world.ts';
import { rejectsWith } from './rejects-with.ts';

/** Who gets which stage, and when. */
export function handingOut(it: QueueCase): void {
  it('[runner 21] the oldest stage is handed out first, with all that it needs', async (world) => {
    const first = await world.start();
    await world.start();
    const assignment = await take(world);
    assert.equal(assignment.build.id, first.build.id);
    assert.equal(assignment.repo.id, first.repo.id);
    assert.equal(assignment.lease.fence, 1);
    assert.equal(assignment.stage.machine, 'runner-1');
    assert.equal(assignment.stage.status, 'pending');
    assert.equal(assignment.build.config, 'kind: pipeline\n');
    assert.equal(assignment.timeoutMs, 60 * 60_000);
    assert.equal(assignment.heartbeatMs, 30_000);
    assert.equal('fence' in assignment.stage, false);
  });

  it('[runner 24] runners that ask at once get different stages, and only as many as there are', async (world) => {
    for (let count = 0; count < 5; count += 1) await world.start();
    const runners = Array.from({ length: 8 }, (_, index) => aRunner({ name: `runner-${index}` }));
    const answers = await Promise.all(runners.map((runner) => world.queue.request(runner, AT_ONCE)));
    const ids = answers.flatMap((answer) => (answer === undefined ? [] : [answer.lease.stageId]));
    assert.equal(ids.length, 5);
    assert.equal(new Set(ids).size, 5);
  });

  it('[runner 23] a waiting runner gets a new stage at once', async (world) => {
    const waiting = world.queue.request(aRunner(), { ...AT_ONCE, waitMs: 600_000 });
    const { build } = await world.start();
    assert.equal((await waiting)?.build.id, build.id);
  });

  it('a runner that leaves while it waits gets nothing and takes nothing', async (world) => {
    const leaving = new AbortController();
    const waiting = world.queue.request(aRunner(), { waitMs: 600_000, signal: leaving.signal });
    leaving.abort();
    assert.equal(await waiting, undefined);
    await world.start();
    assert.ok(await world.queue.request(aRunner(), AT_ONCE));
  });

  const platform = (os: string, arch: string, variant = '', version = '') => ({ os, arch, variant, version });
  const matches: readonly [
    string,
    Parameters<typeof aStageDraft>[0],
    Parameters<typeof aRunner>[0],
    boolean,
  ][] = [
    ['12', {}, { platform: platform('', '') }, true],
    ['13', {}, { platform: platform('linux', '') }, false],
    ['14', {}, { platform: platform('linux', 'amd64', 'v8', '5') }, true],
    ['15', { platform: platform('linux', 'arm', 'v7') }, { platform: platform('linux', 'arm') }, false],
    ['15', { platform: platform('linux', 'arm', 'v7') }, { platform: platform('linux', 'arm', 'v7') }, true],
    [
      '16',
      { platform: platform('linux', 'amd64', '', '1809') },
      { platform: platform('linux', 'amd64', '', '1803') },
      false,
    ],
    ['18', { type: 'exec' }, {}, false],
    ['18', { type: 'exec' }, { types: ['docker', 'exec'] }, true],
    ['19', { labels: { x: '1' } }, {}, false],
    ['19', {}, { labels: { x: '1' } }, false],
    ['19', { labels: { x: '1' } }, { labels: { x: '1', y: '2' } }, false],
    ['19', { labels: { y: '2', x: '1' } }, { labels: { x: '1', y: '2' } }, true],
  ];
  for (const [row, stage, runner, isMatch] of matches) {
    const text = `${JSON.stringify(stage)} ${isMatch ? 'goes' : 'does not go'} to ${JSON.stringify(runner)}`;
    const also = row === '19' ? ' [pipeline 113]' : '';
    it(`[runner ${row}]${also} a stage ${text}`, async (world) => {
      await world.start([aStageDraft(stage)]);
      const answer = await world.queue.request(aRunner(runner), AT_ONCE);
      assert.equal(answer !== undefined, isMatch);
    });
  }

  it('[runner 28] [pipeline 112] stages of one name run one after the other when the pipeline says so', async (world) => {
    const { repo } = await world.start([aStageDraft({ limit: 1 })]);
    await world.start([aStageDraft({ limit: 1 })], { in: repo });
    await world.start([aStageDraft({ limit: 1, name: 'other' })], { in: repo });
    const first = await take(world);
    assert.equal((await take(world)).stage.name, 'other');
    assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
    await runThrough(world, first);
    assert.equal((await take(world)).build.number, 2);
  });

  it('[runner 31] a throttled repository lets a newer stage pass one that no runner can take', async (world) => {
    const exec = aStageDraft({ throttle: 1, type: 'exec' });
    const docker = aStageDraft({ number: 2, throttle: 1 });
    const last = aStageDraft({ number: 3, throttle: 1 });
    await world.start([exec, docker, last]);
    const assignment = await take(world);
    assert.equal(assignment.stage.number, 2);
    assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
    await runThrough(world, assignment);
    assert.equal((await take(world)).stage.number, 3);
  });

  it('[runner 30] a throttle holds when many runners ask at once', async (world) => {
    await world.start([1, 2, 3, 4].map((number) => aStageDraft({ number, throttle: 2 })));
    const runners = Array.from({ length: 6 }, (_, index) => aRunner({ name: `runner-${index}` }));
    const answers = await Promise.all(runners.map((runner) => world.queue.request(runner, AT_ONCE)));
    // Which two is decided by who asks first: rows that another runner is looking at are passed over.
    const taken = answers.flatMap((answer) => answer?.stage.number ?? []);
    assert.deepEqual([taken.length, new Set(taken).size], [2, 2]);
  });

  it('[runner 26] a paused queue hands nothing out until it is resumed', async (world) => {
    await world.start();
    await pauseQueue(world.db);
    assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
    const waiting = world.queue.request(aRunner(), { ...AT_ONCE, waitMs: 600_000 });
    await resumeQueue(world.db);
    world.queue.wake();
    assert.ok(await waiting);
  });

  it('a stage whose credentials cannot be had just now goes back into the queue', async (world) => {
    const { build } = await world.start();
    const failing = world.withCredentials(() => {
      throw new AppError('database-unavailable', 'later');
    });
    await rejectsWith('database-unavailable', failing.request(aRunner(), AT_ONCE));
    assert.equal((await take(world)).build.id, build.id);
  });

  it('a stage whose credentials can never be had ends as an error that says so', async (world) => {
    const { build } = await world.start();
    const failing = world.withCredentials(() => {
      throw new AppError('not-found', 'the owner of the repository is gone');
    });
    assert.equal(await failing.request(aRunner(), AT_ONCE), undefined);
    const [stage] = await listStages(world.db, build.id);
    assert.deepEqual([stage?.status, stage?.error], ['error', 'the owner of the repository is gone']);
    assert.equal((await findBuildById(world.db, build.id))?.status, 'error');
  });

  it('a paused runner gets nothing while another one does', async (world) => {
    await world.start();
    await world.queue.request(aRunner({ types: [] }), AT_ONCE);
    await pauseRunner(world.db, 'runner-1', true);
    assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
    assert.ok(await world.queue.request(aRunner({ name: 'runner-2' }), AT_ONCE));
  });
}
