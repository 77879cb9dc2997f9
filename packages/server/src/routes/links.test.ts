import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionKind } from '@sortie/core/connection';
import { createHttpWorld } from '@sortie/testing/http-world';
import { type CodeTarget, codeLink } from './code-links.ts';

const SHA = 'a'.repeat(40);

const LINKS: readonly (readonly [ConnectionKind, CodeTarget, string])[] = [
  ['builtin', { sha: SHA }, `?sha=${SHA}`],
  ['builtin', { ref: 'refs/heads/a b&c' }, '?ref=refs/heads/a%20b%26c'],
  ['gogs', { sha: 'abcdef0' }, '/commit/abcdef0'],
  ['gogs', { ref: 'refs/heads/feature/x#1' }, '/src/feature/x%231'],
  ['gogs', { ref: 'refs/tags/v1' }, '/src/v1'],
  ['gogs', { ref: 'refs/pull/7/head' }, '/pulls/7'],
  ['gitea', { ref: 'main' }, '/src/branch/main'],
  ['gitea', { ref: 'refs/tags/v1' }, '/src/tag/v1'],
  ['github', { ref: 'refs/heads/main' }, '/tree/main'],
  ['github', { ref: 'refs/pull/7/head' }, '/pull/7'],
  ['gitlab', { ref: 'refs/heads/main' }, '/-/tree/main'],
  ['gitlab', { ref: 'refs/merge-requests/7/head' }, '/-/merge_requests/7'],
  ['bitbucket', { sha: SHA }, `/commits/${SHA}`],
  ['stash', { ref: 'refs/heads/main' }, '/browse?at=refs/heads/main'],
];

for (const [kind, target, path] of LINKS) {
  test(`${kind}: ${JSON.stringify(target)} is at ${path}`, () => {
    assert.equal(codeLink(kind, 'https://git.example.com/o/r', target), `https://git.example.com/o/r${path}`);
  });
}

test('the pages of a Bitbucket server are beside its browse page', () => {
  const base = 'https://git.example.com/projects/O/repos/r/browse';
  assert.equal(
    codeLink('stash', base, { sha: SHA }),
    `https://git.example.com/projects/O/repos/r/commits/${SHA}`,
  );
});

test('nothing leads off the repository: no dots, no other scheme, no commit that is none', () => {
  const base = 'https://git.example.com/o/r';
  for (const ref of ['../../logout', 'a/../b', 'a//b', '.', '']) {
    assert.equal(codeLink('gogs', base, { ref }), undefined, ref);
  }
  assert.equal(codeLink('gogs', base, { ref: 'https://evil.example' }), undefined);
  assert.equal(codeLink('gogs', 'javascript:alert(1)//', { ref: 'main' }), undefined);
  assert.equal(codeLink('gogs', '', { ref: 'main' }), undefined);
  const odd = 'https://me:secret@git.example.com/o/r ü?x=1#y';
  assert.equal(codeLink('gogs', odd, { ref: 'main' }), 'https://git.example.com/o/r%20%C3%BC/src/main');
  assert.equal(codeLink('gogs', base, { sha: '../../logout' }), undefined);
});

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const { id: connectionId } = await world.db
    .insertInto('connections')
    .values({ kind: 'gogs', name: 'gogs', url: 'https://git.example.com' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const link = 'https://git.example.com/octocat/remote';
  const patch = { name: 'remote', connectionId, link, visibility: 'public' as const };
  await world.start([], { repo: patch });
  return world;
}

test('[api GET /link/{}/{}/tree/{}] [api GET /link/{}/{}/commit/{}] links redirect to the page of the Git service with 303', async (t) => {
  const world = await open(t);
  for (const [path, target] of [
    ['tree/refs/heads/feature/x', '/src/feature/x'],
    ['tree/refs%2Fheads%2Fmain', '/src/main'],
    ['src/refs/tags/v1', '/src/v1'],
    [`tree/refs/heads/main?sha=${SHA}`, `/commit/${SHA}`],
    [`commit/${SHA}?ref=refs/heads/main`, `/commit/${SHA}`],
  ] as const) {
    const answer = await world.app.inject(`/link/octocat/remote/${path}`);
    assert.deepEqual(
      [answer.statusCode, answer.headers.location],
      [303, `https://git.example.com/octocat/remote${target}`],
    );
  }
});

test('a repository of the built-in host redirects to its own page with the ref', async (t) => {
  const world = await open(t);
  const { repo } = await world.start([], { repo: { visibility: 'public' } });
  const answer = await world.app.inject(`/link/${repo.slug}/tree/refs/heads/main`);
  assert.equal(answer.headers.location, `http://localhost:8080/${repo.slug}?ref=refs/heads/main`);
});

test('links of unknown repositories, hidden ones and impossible refs are 404', async (t) => {
  const world = await open(t);
  const hidden = await world.start();
  for (const url of [
    '/link/no/where/tree/main',
    `/link/no/where/commit/${SHA}`,
    `/link/${hidden.repo.slug}/tree/main`,
    '/link/octocat/remote/tree/..%2F..%2Flogout',
    '/link/octocat/remote/commit/main',
  ]) {
    assert.equal((await world.app.inject(url)).statusCode, 404, url);
  }
  const reader = await world.addUser();
  await world.grant(reader, hidden.repo, { read: true, write: false, admin: false });
  const headers = await world.cookie(reader);
  const url = `/link/${hidden.repo.slug}/tree/main`;
  assert.equal((await world.app.inject({ url, headers })).statusCode, 303);
});
