import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner, aStageDraft } from '@sortie/testing/domain-builders';
import { createHttpWorld, startStep } from '@sortie/testing/http-world';
import { AT_ONCE } from '@sortie/testing/queue-world';
import { isQueuePaused } from '../queue/pause.ts';

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  const send = (method: 'GET' | 'POST' | 'DELETE', url: string) => world.app.inject({ method, url, headers });
  return { world, send };
}

test('[api getQueue] pending and running stages come by id without steps, with why the pending ones wait', async (t) => {
  const { world, send } = await open(t);
  await startStep(world);
  const { build } = await world.start([aStageDraft({ labels: { gpu: 'yes' } })]);
  await world.start([aStageDraft({ status: 'blocked' })]);
  const answer = await send('GET', '/api/queue');
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['x-queue-paused'], 'false');
  const stages = answer.json();
  assert.deepEqual(
    stages.map((stage: { status: string; steps?: unknown }) => [stage.status, stage.steps]),
    [
      ['running', undefined],
      ['pending', undefined],
    ],
  );
  assert.equal(stages[0].waiting_for, undefined);
  assert.equal(stages[1].build_id, build.id);
  assert.deepEqual(stages[1].waiting_for, [
    {
      code: 'no-runner',
      message:
        'No runner that is there takes type docker for linux/amd64 with the labels gpu=yes (runner-1: labels is none); start one, or change the pipeline to fit.',
      runners: [{ name: 'runner-1', failed: [{ filter: 'labels', wanted: 'gpu=yes', offered: 'none' }] }],
    },
  ]);
});

test('[api pauseQueue] [ledger 36] a pause is stored, stops hand-outs, and may be repeated', async (t) => {
  const { world, send } = await open(t);
  await world.start();
  for (let time = 0; time < 2; time += 1) {
    const answer = await send('DELETE', '/api/queue');
    assert.deepEqual([answer.statusCode, answer.body], [204, '']);
  }
  assert.equal(await isQueuePaused(world.db), true);
  assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
  const queue = await send('GET', '/api/queue');
  assert.equal(queue.headers['x-queue-paused'], 'true');
  assert.equal(queue.json()[0].waiting_for[0].code, 'queue-paused');
});

test('[api resumeQueue] a runner that waits gets its stage as soon as the queue is resumed', async (t) => {
  const { world, send } = await open(t);
  await send('DELETE', '/api/queue');
  const { build } = await world.start();
  const waiting = world.queue.request(aRunner(), { ...AT_ONCE, waitMs: 600_000 });
  assert.equal((await send('POST', '/api/queue')).statusCode, 204);
  assert.equal((await waiting)?.build.id, build.id);
});

test('[api pauseQueue] [api resumeQueue] a dry run says what would change and changes nothing', async (t) => {
  const { world, send } = await open(t);
  await startStep(world);
  await world.start();
  const pause = await send('DELETE', '/api/queue?dry_run=true');
  assert.equal(pause.statusCode, 200);
  assert.deepEqual(pause.json(), { dry_run: true, paused: true, changes: true, pending: 1, running: 1 });
  assert.equal(await isQueuePaused(world.db), false);
  const resume = await send('POST', '/api/queue?dry_run=true');
  assert.deepEqual(resume.json(), { dry_run: true, paused: false, changes: false, pending: 1, running: 1 });
});

test('[api getQueue] [api pauseQueue] [api resumeQueue] only administrators see or stop the queue', async (t) => {
  const { world } = await open(t);
  const headers = await world.bearer(await world.addUser());
  for (const method of ['GET', 'POST', 'DELETE'] as const) {
    assert.equal((await world.app.inject({ method, url: '/api/queue' })).statusCode, 401);
    assert.equal((await world.app.inject({ method, url: '/api/queue', headers })).statusCode, 403);
  }
});

test('[api getBuild] a stage says what it waits for until it has begun', async (t) => {
  const { world, send } = await open(t);
  const { repo, build } = await world.start([
    aStageDraft(),
    aStageDraft({ number: 2, dependsOn: ['default'] }),
    aStageDraft({ number: 3, status: 'blocked' }),
  ]);
  const codes = async (url: string) => {
    const { stages } = (await send('GET', url)).json();
    return stages.map((stage: { waiting_for?: { code: string }[] }) =>
      stage.waiting_for?.map(({ code }) => code),
    );
  };
  const url = `/api/repos/${repo.slug}/builds/${build.number}`;
  assert.deepEqual(await codes(url), [['no-runner'], ['dependency'], ['approval']]);
  const assignment = await world.queue.request(aRunner(), AT_ONCE);
  assert.ok(assignment);
  assert.deepEqual(await codes(`/api/repos/${repo.slug}/builds/latest`), [
    ['next'],
    ['dependency'],
    ['approval'],
  ]);
  await world.queue.begin(assignment.lease, []);
  assert.deepEqual(await codes(url), [undefined, ['dependency'], ['approval']]);
  const cancelled = await send('DELETE', url);
  const waits = cancelled.json().stages.map((stage: { waiting_for?: unknown }) => stage.waiting_for);
  assert.deepEqual(waits, [undefined, undefined, undefined]);
});

test('[api getBuild] who holds a runner is not told to those who may not know the repository', async (t) => {
  const { world } = await open(t);
  const held = await world.start();
  assert.ok(await world.queue.request(aRunner({ capacity: 1 }), AT_ONCE));
  const { repo } = await world.start();
  const url = `/api/repos/${repo.slug}/builds/1`;
  const user = await world.addUser();
  await world.grant(user, repo, { read: true, write: false, admin: false });
  const read = async () => (await world.app.inject({ url, headers: await world.bearer(user) })).body;
  const closed = await read();
  assert.match(closed, /another repository/);
  assert.ok(!closed.includes(held.repo.slug));
  await world.grant(user, held.repo, { read: true, write: false, admin: false });
  assert.ok((await read()).includes(held.repo.slug));
});
