import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Status } from '@sortie/core/status';
import { aStageDraft, TEST_NOW } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { updateBuild } from '../store/builds.ts';
import { inTransaction } from '../store/db.ts';
import { type BadgeWord, renderBadge } from './badge-svg.ts';

/** The pictures of Drone 0.5 and 2.x: bytes, and how their SHA-256 begins (api-legacy.md 3.8). */
const PICTURES = [
  ['success', 720, '8f0aaeae9c0d70cc'],
  ['failure', 726, 'b07da585bd40c9a5'],
  ['error', 726, '6993d758e1afc3d2'],
  ['started', 726, 'eb0ec209d47ab996'],
  ['none', 720, 'c88bcb731b793d84'],
] as const;

for (const [word, bytes, hash] of PICTURES) {
  test(`the badge "${word}" is the known picture`, () => {
    const svg = renderBadge(word);
    const start = createHash('sha256').update(svg).digest('hex').slice(0, 16);
    assert.deepEqual([svg.length, start], [bytes, hash]);
  });
}

async function open(t: { after(work: () => Promise<void>): void }, env: Record<string, string> = {}) {
  const world = await createHttpWorld({ env });
  t.after(() => world.close());
  return world;
}

/** Writes the status of a build without the way to it. */
async function setStatus(world: HttpWorld, id: number, status: Status): Promise<void> {
  const { version } = await world.db
    .selectFrom('builds')
    .select('version')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  await inTransaction(world.db, (tx) => updateBuild(tx, id, { status, started: TEST_NOW }, { version }));
}

const WORDS: readonly (readonly [Status, BadgeWord])[] = [
  ['pending', 'started'],
  ['running', 'started'],
  ['blocked', 'started'],
  ['success', 'success'],
  ['error', 'error'],
  ['failure', 'failure'],
  ['killed', 'failure'],
  ['declined', 'failure'],
  ['skipped', 'failure'],
];

test('[api GET /api/badges/{}/{}/status.svg] the badge shows the status of the newest build, to everybody', async (t) => {
  const world = await open(t);
  const { repo, build } = await world.start();
  for (const [status, word] of WORDS) {
    await setStatus(world, build.id, status);
    const answer = await world.app.inject(`/api/badges/${repo.slug}/status.svg`);
    assert.deepEqual([status, answer.statusCode, answer.body], [status, 200, renderBadge(word)]);
  }
});

test('the badge follows branch before ref before the default branch, and knows no other build', async (t) => {
  const world = await open(t);
  const { repo, build } = await world.start();
  const dev = await world.start(undefined, { in: repo, build: { ref: 'refs/heads/dev' } });
  const tag = await world.start(undefined, { in: repo, build: { ref: 'refs/tags/v1', event: 'tag' } });
  await setStatus(world, build.id, 'success');
  await setStatus(world, dev.build.id, 'failure');
  await setStatus(world, tag.build.id, 'error');
  const word = async (query: string) => {
    const { body } = await world.app.inject(`/api/badges/${repo.slug}/status.svg${query}`);
    return PICTURES.find(([name]) => renderBadge(name) === body)?.[0];
  };
  assert.equal(await word(''), 'success');
  assert.equal(await word('?branch=dev&ref=refs/tags/v1'), 'failure');
  assert.equal(await word('?ref=refs/tags/v1'), 'error');
  assert.equal(await word('?branch=unbuilt'), 'none');
});

test('an unknown repository has the badge "none", which nobody keeps and every page may show', async (t) => {
  const world = await open(t);
  const origin = 'http://localhost:8080';
  const answer = await world.app.inject({ url: '/api/badges/no/where/status.svg', headers: { origin } });
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.body, renderBadge('none'));
  const { headers } = answer;
  assert.deepEqual(
    [headers['content-type'], headers['access-control-allow-origin'], headers.expires],
    ['image/svg+xml', '*', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  );
  assert.equal(headers['cache-control'], 'no-cache, no-store, max-age=0, must-revalidate, value');
  assert.equal(headers['last-modified'], new Date(TEST_NOW * 1000).toUTCString());
  assert.equal(headers['access-control-allow-credentials'], undefined);
});

test('[ledger 27] with SORTIE_PUBLIC_BADGES off only readers see the badge of a private repository', async (t) => {
  const world = await open(t, { SORTIE_PUBLIC_BADGES: 'false' });
  const hidden = await world.start();
  const shown = await world.start(undefined, { repo: { visibility: 'public' } });
  const reader = await world.addUser();
  await world.grant(reader, hidden.repo, { read: true, write: false, admin: false });
  const stranger = await world.addUser({ login: 'stranger' });
  const body = async (slug: string, headers: Record<string, string> = {}, query = '') =>
    (await world.app.inject({ url: `/api/badges/${slug}/status.svg${query}`, headers })).body;
  const token = await world.bearer(reader, ['builds:read']);
  assert.equal(await body(shown.repo.slug), renderBadge('started'));
  assert.equal(await body(hidden.repo.slug), renderBadge('none'));
  assert.equal(await body(hidden.repo.slug, await world.bearer(stranger)), renderBadge('none'));
  assert.equal(await body(hidden.repo.slug, token), renderBadge('started'));
  const query = `?access_token=${token.authorization.replace('Bearer ', '')}`;
  assert.equal(await body(hidden.repo.slug, {}, query), renderBadge('started'));
});

test('[api GET /api/badges/{}/{}/cc.xml] cc.xml tells readers of the last build, with an escaped slug and a XML content type', async (t) => {
  const world = await open(t);
  const { repo, build } = await world.start(undefined, { repo: { name: 'a&"b', visibility: 'public' } });
  const url = `/api/badges/octocat/${encodeURIComponent('a&"b')}/cc.xml`;
  const project = (rest: string) =>
    `<Projects><Project name="octocat/a&#38;&#34;b" ${rest}></Project></Projects>`;
  const web = `webUrl="http://localhost:8080/octocat/a&#38;&#34;b/${build.number}"`;
  const waiting = await world.app.inject(url);
  assert.equal(waiting.headers['content-type'], 'application/xml; charset=utf-8');
  assert.equal(
    waiting.body,
    project(`activity="Building" lastBuildStatus="Unknown" lastBuildLabel="Unknown" lastBuildTime="" ${web}`),
  );
  for (const [status, name] of [
    ['success', 'Success'],
    ['failure', 'Failure'],
    ['error', 'Exception'],
    ['killed', 'Exception'],
    ['declined', 'Exception'],
    ['skipped', 'Unknown'],
  ] as const) {
    await setStatus(world, build.id, status);
    const time = '2027-01-15T08:00:00Z';
    assert.equal(
      (await world.app.inject(url)).body,
      project(
        `activity="Sleeping" lastBuildStatus="${name}" lastBuildLabel="1" lastBuildTime="${time}" ${web}`,
      ),
    );
  }
  assert.equal(repo.counter, 0);
});

test('cc.xml honours branch, ref and stage, and is 404 without a body where nothing was built', async (t) => {
  const world = await open(t);
  const { repo, build } = await world.start([], { repo: { visibility: 'public' } });
  await setStatus(world, build.id, 'success');
  const dev = await world.start([aStageDraft({ name: 'lint' })], {
    in: repo,
    build: { ref: 'refs/heads/dev' },
  });
  await setStatus(world, dev.build.id, 'failure');
  const get = (query: string) => world.app.inject(`/api/badges/${repo.slug}/cc.xml${query}`);
  assert.match((await get('')).body, /lastBuildLabel="2"/);
  assert.match((await get('?branch=main&ref=refs/heads/dev')).body, /"Success" lastBuildLabel="1"/);
  assert.match((await get('?ref=refs/heads/dev')).body, /"Failure" lastBuildLabel="2"/);
  assert.match((await get('?stage=lint')).body, /activity="Building"/);
  for (const query of ['?branch=none', '?stage=none']) {
    const missing = await get(query);
    assert.deepEqual([missing.statusCode, missing.body], [404, '']);
  }
  const hidden = await world.start();
  assert.equal((await world.app.inject(`/api/badges/${hidden.repo.slug}/cc.xml`)).statusCode, 401);
});

test('cc.xml falls back to the newest build when the counter has been moved', async (t) => {
  const world = await open(t);
  const { repo } = await world.start(undefined, { repo: { visibility: 'public' } });
  await world.db.updateTable('repos').set({ counter: 40 }).where('id', '=', repo.id).execute();
  const answer = await world.app.inject(`/api/badges/${repo.slug}/cc.xml`);
  assert.match(answer.body, new RegExp(`${repo.slug}/1"`));
});
