import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireRepo } from '@sortie/contract/repos';
import type { aBuildDraft } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { issueToken } from '../auth/tokens.ts';

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const user = await world.addUser();
  return { world, user, headers: await world.bearer(user) };
}

type Draft = Parameters<typeof aBuildDraft>[0];

/** One repository that `octocat` may write, with one build per draft. */
async function build(world: HttpWorld, drafts: readonly Draft[]) {
  const [first, ...others] = drafts;
  const { repo } = await world.start([], { build: first });
  for (const draft of others) await world.start([], { in: repo, build: draft });
  return repo;
}

const DRAFTS: readonly Draft[] = [
  { target: 'main' },
  { target: 'feature/x', ref: 'refs/heads/feature/x' },
  { target: 'main' },
  { event: 'pull_request', ref: 'refs/pull/7/head' },
  { event: 'pull_request', ref: 'refs/pull/7/head' },
  { event: 'promote', deployTo: 'eu/west' },
  { event: 'rollback', deployTo: 'eu/west' },
  { event: 'tag', ref: 'refs/tags/v1' },
  { event: 'custom', target: 'main' },
];

test('[api GET R/builds/branches] [api GET R/builds/pulls] [api GET R/builds/deployments] branches, pulls and deployments list the latest build of each key, without stages', async (t) => {
  const { world, user, headers } = await open(t);
  const repo = await build(world, DRAFTS);
  await world.grant(user, repo, { read: true, write: false, admin: false });
  const numbers = async (kind: string) => {
    const answer = await world.app.inject({ url: `/api/repos/${repo.slug}/builds/${kind}`, headers });
    assert.equal(answer.statusCode, 200);
    return answer.json<{ number: number; stages?: unknown }[]>().map((entry) => {
      assert.equal(entry.stages, undefined);
      return entry.number;
    });
  };
  assert.deepEqual(await numbers('branches'), [3, 2]);
  assert.deepEqual(await numbers('pulls'), [5]);
  assert.deepEqual(await numbers('deployments'), [7]);
});

for (const [kind, key, ref] of [
  ['branches', 'feature/x', 'refs/heads/feature/x'],
  ['branches', 'feature%2Fx', 'refs/heads/feature/x'],
  ['branches', 'feature%2fx', 'refs/heads/feature/x'],
  ['deployments', 'eu/west', ''],
  ['deployments', 'eu%2Fwest', ''],
  ['pulls', '7', ''],
] as const) {
  test(`[ledger 32] DELETE ${kind}/${key} takes the entry out of the listing and leaves the build`, async (t) => {
    const { world, user, headers } = await open(t);
    const repo = await build(world, DRAFTS);
    await world.grant(user, repo, { read: true, write: true, admin: false });
    const base = `/api/repos/${repo.slug}/builds`;
    const list = async () =>
      (await world.app.inject({ url: `${base}/${kind}`, headers })).json<{ ref: string }[]>();
    const before = await list();
    const answer = await world.app.inject({ method: 'DELETE', url: `${base}/${kind}/${key}`, headers });
    assert.deepEqual([answer.statusCode, answer.body], [204, '']);
    const after = await list();
    assert.equal(after.length, before.length - 1);
    assert.equal(
      after.some((entry) => ref !== '' && entry.ref === ref),
      false,
    );
    const all = await world.app.inject({ url: base, headers });
    assert.equal(all.json<unknown[]>().length, DRAFTS.length);
  });
}

test('[api DELETE R/builds/branches/{}] [api DELETE R/builds/pulls/{}] [api DELETE R/builds/deployments/{}] deleting an unknown entry is 204 too, by readers 404, and the next build brings an entry back', async (t) => {
  const { world, user, headers } = await open(t);
  const repo = await build(world, [{ target: 'main' }]);
  const base = `/api/repos/${repo.slug}/builds`;
  const remove = async (key: string) =>
    (await world.app.inject({ method: 'DELETE', url: `${base}/${key}`, headers })).statusCode;
  await world.grant(user, repo, { read: true, write: false, admin: false });
  assert.equal(await remove('branches/main'), 404);
  await world.grant(user, repo, { read: true, write: true, admin: false });
  for (const key of ['branches/none', 'branches/main', 'pulls/9', 'pulls/seven', 'deployments/a%20b/c']) {
    assert.equal(await remove(key), 204, key);
  }
  const list = async () => (await world.app.inject({ url: `${base}/branches`, headers })).json<unknown[]>();
  assert.deepEqual(await list(), []);
  await world.start([], { in: repo });
  assert.equal((await list()).length, 1);
});

test('[api GET /api/user/builds] [api GET /api/user/builds/recent] user/builds lists the 25 newest builds over all repositories with a row, a repository once per build', async (t) => {
  const { world, user, headers } = await open(t);
  const first = await build(
    world,
    Array.from({ length: 20 }, () => ({})),
  );
  const second = await build(
    world,
    Array.from({ length: 10 }, () => ({})),
  );
  const foreign = await build(world, [{}, {}]);
  await world.start([], { in: first });
  for (const repo of [first, second])
    await world.grant(user, repo, { read: true, write: false, admin: false });
  await world.grant(user, foreign, { read: false, write: false, admin: false });
  for (const path of ['/api/user/builds', '/api/user/builds/recent']) {
    const answer = await world.app.inject({ url: path, headers });
    const seen = answer.json<WireRepo[]>().map((repo) => [repo.id, repo.build?.number]);
    const expected = [
      [first.id, 21],
      ...Array.from({ length: 10 }, (_, index) => [second.id, 10 - index]),
      ...Array.from({ length: 14 }, (_, index) => [first.id, 20 - index]),
    ];
    assert.deepEqual(seen, expected);
  }
  assert.equal((await world.app.inject('/api/user/builds')).statusCode, 401);
});

test('a token for some repositories lists only their builds', async (t) => {
  const { world, user } = await open(t);
  const first = await build(world, [{}]);
  const second = await build(world, [{}]);
  for (const repo of [first, second])
    await world.grant(user, repo, { read: true, write: false, admin: false });
  const { text } = await issueToken(
    { db: world.db, now: world.now },
    { userId: user.id, name: 'one', scopes: ['builds:read'], repoIds: [first.id], expires: 0 },
  );
  const headers = { authorization: `Bearer ${text}` };
  const answer = await world.app.inject({ url: '/api/user/builds', headers });
  assert.deepEqual(
    answer.json<WireRepo[]>().map((repo) => repo.id),
    [first.id],
  );
});
