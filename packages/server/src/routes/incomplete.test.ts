import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireRepo } from '@sortie/contract/repos';
import { aRunner, aStageDraft } from '@sortie/testing/domain-builders';
import { createHttpWorld } from '@sortie/testing/http-world';
import { AT_ONCE } from '@sortie/testing/queue-world';

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  return { world, get: (url: string) => world.app.inject({ url, headers }) };
}

test('[api listIncompleteBuilds] builds with a pending or running stage, newest first, at most 50, each once', async (t) => {
  const { world, get } = await open(t);
  const { repo } = await world.start([aStageDraft(), aStageDraft({ number: 2 })]);
  await world.start([aStageDraft({ status: 'blocked' })], { in: repo });
  await world.start([], { in: repo });
  const second = await world.start();
  const seen = (await get('/api/builds/incomplete')).json<WireRepo[]>();
  assert.deepEqual(
    seen.map((entry) => [entry.slug, entry.build?.number, entry.build?.stages]),
    [
      [second.repo.slug, 1, undefined],
      [repo.slug, 1, undefined],
    ],
  );
  for (let count = 0; count < 50; count += 1) await world.start(undefined, { in: repo });
  const many = (await get('/api/builds/incomplete')).json<WireRepo[]>();
  assert.deepEqual([many.length, many[0]?.build?.number, many.at(-1)?.build?.number], [50, 53, 4]);
});

test('[api listIncompleteBuildsV2] [ledger 6] one row per open stage, with limits as texts', async (t) => {
  const { world, get } = await open(t);
  const stages = [
    aStageDraft({ limit: 2, throttle: 3 }),
    aStageDraft({ number: 2 }),
    aStageDraft({ number: 3, dependsOn: ['default'] }),
  ];
  const { repo, build } = await world.start(stages);
  await world.queue.request(aRunner(), AT_ONCE);
  const rows = (await get('/api/builds/incomplete/v2')).json<Record<string, unknown>[]>();
  assert.deepEqual(
    rows.map((row) => [row.stage_name, row.stage_status, row.stage_limit, row.stage_limit_repo]),
    [
      ['default', 'pending', '2', '3'],
      ['stage-2', 'pending', '0', '0'],
    ],
  );
  assert.deepEqual(rows[0], {
    repo_namespace: repo.namespace,
    repo_name: repo.name,
    repo_slug: repo.slug,
    build_number: build.number,
    build_author: build.authorLogin,
    build_author_name: build.authorName,
    build_author_email: build.authorEmail,
    build_author_avatar: '',
    build_sender: build.sender,
    build_started: 0,
    build_finished: 0,
    build_created: build.created,
    build_updated: build.updated,
    stage_name: 'default',
    stage_kind: 'pipeline',
    stage_type: 'docker',
    stage_status: 'pending',
    stage_machine: 'runner-1',
    stage_os: 'linux',
    stage_arch: 'amd64',
    stage_variant: '',
    stage_kernel: '',
    stage_limit: '2',
    stage_limit_repo: '3',
    stage_started: 0,
    stage_stopped: 0,
  });
});

test('incomplete builds are for administrators: 401 for nobody, 403 for others', async (t) => {
  const { world } = await open(t);
  const headers = await world.bearer(await world.addUser());
  for (const url of ['/api/builds/incomplete', '/api/builds/incomplete/v2']) {
    assert.equal((await world.app.inject(url)).statusCode, 401);
    assert.equal((await world.app.inject({ url, headers })).statusCode, 403);
  }
});
