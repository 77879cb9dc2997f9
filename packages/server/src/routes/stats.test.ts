import assert from 'node:assert/strict';
import { get as httpGet } from 'node:http';
import { test } from 'node:test';
import type { WireStats } from '@sortie/contract/stats';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { createHttpWorld, startStep } from '@sortie/testing/http-world';

async function open(t: { after(work: () => Promise<void>): void }, env: Record<string, string> = {}) {
  const world = await createHttpWorld({ env });
  t.after(() => world.close());
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  const stats = async () => (await world.app.inject({ url: '/api/system/stats', headers })).json<WireStats>();
  return { world, headers, stats };
}

test('[api GET /api/system/stats] the statistics count accounts, active repositories and builds with open stages', async (t) => {
  const { world, stats } = await open(t);
  await startStep(world);
  await world.start([aStageDraft({ dependsOn: ['x'] })], { repo: { isActive: false } });
  await world.start([aStageDraft(), aStageDraft({ number: 2 })]);
  const { users, repos, builds, watchers, events, streams } = await stats();
  assert.deepEqual(
    { users, repos, builds, watchers, events, streams },
    {
      users: { total: 1 },
      repos: { active: 2 },
      builds: { pending: 1, running: 1, total: 3 },
      watchers: null,
      events: { subscribers: 0 },
      streams: {},
    },
  );
});

test('[ledger 15] eight platforms are listed in order, and linux/amd64 is counted like the others', async (t) => {
  const { world, stats } = await open(t);
  await startStep(world);
  const on = (number: number, os: string, arch: string, variant = '', version = '') =>
    aStageDraft({ number, platform: { os, arch, variant, version } });
  await world.start([
    on(1, 'linux', 'amd64'),
    on(2, 'linux', 'arm'),
    on(3, 'linux', 'arm', 'v6'),
    on(4, 'linux', 'arm64'),
    on(5, 'linux', 'arm', 'v9'),
    on(6, 'windows', 'amd64'),
    on(7, 'windows', 'amd64', '', '1803'),
    on(8, 'darwin', 'arm64'),
  ]);
  const { pipelines } = await stats();
  assert.deepEqual(
    pipelines.map((row) => [row.os, row.arch, row.variant, row.kernel, row.pending, row.running]),
    [
      ['linux', 'arm', 'v6', '', 1, 0],
      ['linux', 'arm', 'v7', '', 1, 0],
      ['linux', 'arm64', 'v8', '', 1, 0],
      ['linux', 'arm', 'v9', '', 1, 0],
      ['linux', 'amd64', '', '', 1, 1],
      ['windows', 'arm64', '', '1709', 0, 0],
      ['windows', 'arm64', '', '1803', 1, 0],
      ['windows', 'arm64', '', '1809', 1, 0],
    ],
  );
  assert.ok(pipelines.every((row) => row.subscribers === 0));
});

test('open streams are counted while they are open', async (t) => {
  const { world, headers, stats } = await open(t);
  const { repo, stepId } = await startStep(world);
  const address = await world.app.listen({ host: '127.0.0.1', port: 0 });
  const closers: (() => void)[] = [];
  for (const path of ['/api/stream', `/api/stream/${repo.slug}/1/1/1`, `/api/stream/${repo.slug}/1/1/1`]) {
    const request = httpGet(`${address}${path}`, { headers });
    const { promise, resolve } = Promise.withResolvers<void>();
    request.on('response', (response) => response.once('data', () => resolve()));
    await promise;
    closers.push(() => request.destroy());
  }
  const opened = await stats();
  assert.deepEqual([opened.events.subscribers, opened.streams], [1, { [stepId]: 2 }]);
  for (const close of closers) close();
  // Over the network, so that the server gets to hear of the closed connections in between.
  for (let left = 1; left > 0; ) {
    const answer = await fetch(`${address}/api/system/stats`, { headers });
    const { events, streams } = (await answer.json()) as WireStats;
    left = events.subscribers + Object.keys(streams).length;
  }
});

test('[api GET /varz] [ops C81] /varz tells everybody the Git service and a licence without an end', async (t) => {
  const { world } = await open(t);
  const answer = await world.app.inject('/varz');
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), {
    scm: { url: 'http://localhost:8080', rate: { limit: 0, remaining: 0, reset: 0 } },
    license: { kind: 'foss', seats: 0, repos: 0, expire_at: '0001-01-01T00:00:00Z' },
  });
});

test('[ops C81] /varz names the Git service that is connected', async (t) => {
  const { world } = await open(t);
  const gogs = { kind: 'gogs', name: 'gogs', url: 'https://git.example.com' } as const;
  await world.db.insertInto('connections').values(gogs).execute();
  assert.equal((await world.app.inject('/varz')).json().scm.url, gogs.url);
});

test('[ledger 27] with SORTIE_PUBLIC_VARZ off /varz is for administrators', async (t) => {
  const { world, headers } = await open(t, { SORTIE_PUBLIC_VARZ: 'false' });
  const user = await world.bearer(await world.addUser());
  const status = async (sent: Record<string, string>) =>
    (await world.app.inject({ url: '/varz', headers: sent })).statusCode;
  assert.deepEqual([await status({}), await status(user), await status(headers)], [401, 403, 200]);
});
