import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorld, startStep } from '@sortie/testing/http-world';
import { AT_ONCE, aStageReport } from '@sortie/testing/queue-world';
import { rejectsWith } from '@sortie/testing/rejects-with';
import { findRepoById } from '../store/repos.ts';

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  const send = (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
    world.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return { world, send };
}

/** Rows left in the tables of builds. */
async function rowsLeft(world: HttpWorld): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ['builds', 'stages', 'steps', 'logs', 'cards', 'branch_index'] as const) {
    counts[table] = (await world.db.selectFrom(table).selectAll().execute()).length;
  }
  return counts;
}

const NOTHING = { builds: 0, stages: 0, steps: 0, logs: 0, cards: 0, branch_index: 0 };

test('[api purgeBuildHistory] [ledger 23] [ops C77] everything below the number goes, and nothing else', async (t) => {
  const { world, send } = await open(t);
  const { repo, build, lease, stepId, write } = await startStep(world);
  await write('secret\n');
  await world.queue.closeLog(lease, stepId);
  await world.queue.finish(lease, aStageReport());
  await send('POST', `/api/repos/${repo.slug}/cards/1/1/1`, { data: 1 });
  await world.start([], { in: repo, build: { target: 'dev' } });
  await world.start([], { in: repo, build: { target: 'dev' } });
  const other = await world.start([]);
  assert.equal((await world.logs.progress(`${repo.id}/${build.id}/${stepId}`)).size, 7);
  const answer = await send('DELETE', `/api/repos/${repo.slug}/builds?before=3`);
  assert.deepEqual([answer.statusCode, answer.body], [204, '']);
  assert.deepEqual(await rowsLeft(world), { ...NOTHING, builds: 2, branch_index: 2 });
  assert.equal((await world.logs.progress(`${repo.id}/${build.id}/${stepId}`)).size, 0);
  const numbers = (await send('GET', `/api/repos/${repo.slug}/builds`)).json<{ number: number }[]>();
  assert.deepEqual(
    numbers.map(({ number }) => number),
    [3],
  );
  assert.equal((await send('GET', `/api/repos/${other.repo.slug}/builds/1`)).statusCode, 200);
  assert.equal((await findRepoById(world.db, repo.id))?.counter, 3);
});

test('a running build is cancelled before it is purged, and what its runner writes afterwards is refused', async (t) => {
  const { world, send } = await open(t);
  const { repo, build, lease, stepId, write } = await startStep(world);
  await write('one\n');
  const told = world.queue.watchCancel(lease, AbortSignal.timeout(120_000));
  assert.equal((await send('DELETE', `/api/repos/${repo.slug}/builds?before=99`)).statusCode, 204);
  await told;
  assert.deepEqual(await rowsLeft(world), NOTHING);
  await rejectsWith('lease-lost', write('two\n'));
  await rejectsWith('lease-lost', world.queue.heartbeat(lease));
  await rejectsWith('lease-lost', world.queue.finish(lease, aStageReport()));
  assert.equal((await world.logs.progress(`${repo.id}/${build.id}/${stepId}`)).size, 0);
  assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
});

test('numbers go on after a purge of everything', async (t) => {
  const { world, send } = await open(t);
  const { repo } = await world.start([]);
  await world.start([], { in: repo });
  await send('DELETE', `/api/repos/${repo.slug}/builds?before=999999999`);
  assert.equal((await world.start([], { in: repo })).build.number, 3);
});

test('a purge of many builds is many short transactions: others are served in between', async (t) => {
  const { world, send } = await open(t);
  const { repo } = await world.start([]);
  for (let count = 0; count < 400; count += 1) await world.start([], { in: repo });
  const address = await world.app.listen({ host: '127.0.0.1', port: 0 });
  let isPurged = false;
  let served = 0;
  const purge = send('DELETE', `/api/repos/${repo.slug}/builds?before=400`).then((answer) => {
    isPurged = true;
    return answer.statusCode;
  });
  while (!isPurged) {
    await (await fetch(`${address}/version`)).text();
    served += 1;
  }
  assert.equal(await purge, 204);
  assert.ok(served >= 5, `${served} requests were answered during the purge`);
  assert.equal((await rowsLeft(world)).builds, 2);
});

test('[api purgeBuildHistory] `before` must be there and a whole number', async (t) => {
  const { world, send } = await open(t);
  const { repo } = await world.start([]);
  for (const query of ['', '?before=', '?before=x', '?before=1.5', '?before=1e3']) {
    const answer = await send('DELETE', `/api/repos/${repo.slug}/builds${query}`);
    assert.deepEqual([query, answer.statusCode, answer.json().error_code], [query, 400, 'invalid-request']);
  }
  for (const query of ['?before=0', '?before=-3', '?before=1']) {
    assert.equal((await send('DELETE', `/api/repos/${repo.slug}/builds${query}`)).statusCode, 204);
  }
  assert.equal((await rowsLeft(world)).builds, 1);
});

test('[api purgeBuildLogs] a purged log is gone for good: not-found as a log, and nothing on the disk', async (t) => {
  const { world, send } = await open(t);
  const { path, write, lease, stepId, build, repo } = await startStep(world);
  await write('secret\n');
  await world.queue.closeLog(lease, stepId);
  await world.queue.finish(lease, aStageReport());
  assert.equal((await send('GET', `${path}/1`)).json<unknown[]>().length, 1);
  const answer = await send('DELETE', `${path}/1`);
  assert.deepEqual([answer.statusCode, answer.body], [204, '']);
  for (const url of [`${path}/1`, `${path}/1?format=text`]) {
    const missing = await send('GET', url);
    assert.deepEqual([missing.statusCode, missing.json().error_code], [404, 'not-found']);
  }
  assert.equal((await world.logs.progress(`${repo.id}/${build.id}/${stepId}`)).size, 0);
  assert.equal((await send('DELETE', `${path}/1`)).statusCode, 204);
  assert.equal((await send('DELETE', `${path}/9`)).statusCode, 404);
  assert.equal((await send('DELETE', `${path}/one`)).statusCode, 400);
});

test('[api purgeBuildLogs] a finished step that wrote nothing still has an empty log', async (t) => {
  const { world, send } = await open(t);
  const { path, lease } = await startStep(world);
  await world.queue.finish(lease, aStageReport());
  const answer = await send('GET', `${path}/1`);
  assert.deepEqual([answer.statusCode, answer.json()], [200, []]);
});

test('[api purgeBuildLogs] while a runner writes, its log cannot be purged', async (t) => {
  const { world, send } = await open(t);
  const { path, write } = await startStep(world);
  await write('one\n');
  const answer = await send('DELETE', `${path}/1`);
  assert.deepEqual([answer.statusCode, answer.json().error_code], [409, 'illegal-move']);
  assert.equal((await send('GET', `${path}/1`)).json<unknown[]>().length, 1);
});
