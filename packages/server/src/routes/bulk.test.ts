import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Permission } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { aRunner, aStageDraft } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { AT_ONCE } from '@sortie/testing/queue-world';
import type { AppDeps } from '../app-deps.ts';
import { issueToken } from '../auth/tokens.ts';
import { cancelBuild } from '../services/cancel-build.ts';
import type { Forge } from '../services/forge.ts';
import { findBuildById } from '../store/builds.ts';
import { findRepoById } from '../store/repos.ts';

const READ: Permission = { read: true, write: false, admin: false };
const WRITE: Permission = { read: true, write: true, admin: false };
const ADMIN: Permission = { read: true, write: true, admin: true };

async function open(t: { after(work: () => Promise<void>): void }, app: Partial<AppDeps> = {}) {
  const world = await createHttpWorld({ app });
  t.after(() => world.close());
  const admin = await world.addUser({ login: 'root', isAdmin: true });
  const user = await world.addUser({ login: 'ann' });
  return { world, admin, user };
}

async function post(world: HttpWorld, user: User, url: string, payload: object) {
  return world.app.inject({ method: 'POST', url, headers: await world.bearer(user), payload });
}

async function statusOf(world: HttpWorld, id: number) {
  return (await findBuildById(world.db, id))?.status;
}

test('a freeze window: all waiting builds are listed, tried, and cancelled', async (t) => {
  const { world, admin } = await open(t);
  const running = await world.start();
  assert.ok(
    await world.queue
      .request(aRunner(), AT_ONCE)
      .then((assignment) => assignment && world.queue.begin(assignment.lease, [])),
  );
  const first = await world.start();
  const second = await world.start(undefined, { repo: { namespace: 'acme' } });
  const tried = await post(world, admin, '/api/builds/cancel', { dry_run: true });
  const would = [second, first].map(({ repo }) => ({ slug: repo.slug, number: 1, result: 'would-cancel' }));
  assert.deepEqual(tried.json(), { dry_run: true, results: would });
  assert.equal(await statusOf(world, first.build.id), 'pending');
  const done = await post(world, admin, '/api/builds/cancel', {});
  assert.deepEqual(done.json(), {
    dry_run: false,
    results: would.map((item) => ({ ...item, result: 'cancelled' })),
  });
  assert.deepEqual(
    await Promise.all([running, first, second].map(({ build }) => statusOf(world, build.id))),
    ['running', 'killed', 'killed'],
  );
  const rest = await post(world, admin, '/api/builds/cancel', { status: ['running'] });
  assert.deepEqual(rest.json().results, [{ slug: running.repo.slug, number: 1, result: 'cancelled' }]);
});

test('builds are chosen by repository, namespace, branch, event, age and approval', async (t) => {
  const { world, admin } = await open(t);
  await world.start(undefined, { repo: { namespace: 'acme', name: 'api' }, build: { target: 'release/1' } });
  world.advance(10_000);
  await world.start([aStageDraft({ status: 'blocked' })], { repo: { namespace: 'acme', name: 'web' } });
  await world.start(undefined, { repo: { namespace: 'other', name: 'api' }, build: { event: 'cron' } });
  const chosen = async (body: object) => {
    const answer = await post(world, admin, '/api/builds/cancel', { dry_run: true, ...body });
    return answer.json().results.map(({ slug }: { slug: string }) => slug);
  };
  assert.deepEqual(await chosen({}), ['other/api', 'acme/web', 'acme/api']);
  assert.deepEqual(await chosen({ repos: ['acme/*'] }), ['acme/web', 'acme/api']);
  assert.deepEqual(await chosen({ repos: ['*/api'], namespaces: ['oth*'] }), ['other/api']);
  assert.deepEqual(await chosen({ branches: ['release/*'] }), ['acme/api']);
  assert.deepEqual(await chosen({ events: ['cron', 'tag'] }), ['other/api']);
  assert.deepEqual(await chosen({ created_before: world.now() }), ['acme/api']);
  assert.deepEqual(await chosen({ status: ['blocked'] }), ['acme/web']);
  assert.deepEqual(await chosen({ repos: ['nobody/*'] }), []);
});

test('an empty list is refused, because it could mean nothing or everything', async (t) => {
  const { world, admin } = await open(t);
  for (const body of [{ repos: [] }, { status: [] }, { branches: [] }, { status: ['success'] }]) {
    const answer = await post(world, admin, '/api/builds/cancel', body);
    assert.deepEqual([answer.statusCode, answer.json().error_code], [400, 'invalid-request']);
  }
});

test('a person cancels only in repositories they may write, a token only in those it is for', async (t) => {
  const { world, user } = await open(t);
  const mine = await world.start();
  const also = await world.start();
  const readable = await world.start(undefined, { repo: { visibility: 'public' } });
  await world.start();
  await world.grant(user, mine.repo, WRITE);
  await world.grant(user, also.repo, WRITE);
  await world.grant(user, readable.repo, READ);
  const request = { userId: user.id, name: 'narrow', scopes: ['builds:write'], expires: 0 } as const;
  const { text } = await issueToken(world.auth, { ...request, repoIds: [also.repo.id] });
  const narrow = await world.app.inject({
    method: 'POST',
    url: '/api/builds/cancel',
    headers: { authorization: `Bearer ${text}` },
    payload: { dry_run: true },
  });
  const slugs = (answer: typeof narrow) => answer.json().results.map(({ slug }: { slug: string }) => slug);
  assert.deepEqual(slugs(narrow), [also.repo.slug]);
  assert.deepEqual(slugs(await post(world, user, '/api/builds/cancel', {})), [
    also.repo.slug,
    mine.repo.slug,
  ]);
  assert.equal((await world.app.inject({ method: 'POST', url: '/api/builds/cancel' })).statusCode, 401);
});

test('the search shows what the caller may read, newest first, page by page', async (t) => {
  const { world, admin, user } = await open(t);
  const open1 = await world.start(undefined, { repo: { visibility: 'public' } });
  await world.start();
  const mine = await world.start();
  await world.start(undefined, { in: mine.repo, build: { target: 'dev' } });
  await world.grant(user, mine.repo, READ);
  const search = async (who: User, query: string) => {
    const url = `/api/builds/search${query}`;
    return world.app.inject({ url, headers: await world.bearer(who, ['builds:read']) });
  };
  const list = async (who: User, query: string) => {
    const { builds, next } = (await search(who, query)).json();
    const names = builds.map(
      (build: { repo_slug: string; number: number }) => `${build.repo_slug}#${build.number}`,
    );
    return { names, next };
  };
  const all = [`${mine.repo.slug}#2`, `${mine.repo.slug}#1`, `${open1.repo.slug}#1`];
  assert.deepEqual(await list(user, ''), { names: all, next: 0 });
  assert.equal((await list(admin, '')).names.length, 4);
  const first = await list(user, '?limit=2');
  assert.deepEqual(first.names, all.slice(0, 2));
  assert.deepEqual((await list(user, `?limit=2&before=${first.next}`)).names, all.slice(2));
  assert.deepEqual((await list(user, '?branch=dev&status=pending,running')).names, all.slice(0, 1));
  assert.deepEqual((await list(user, `?repo=${open1.repo.slug}&event=push`)).names, all.slice(2));
  assert.deepEqual((await list(user, '?status=success')).names, []);
  const many = Array.from({ length: 21 }, (_, index) => `a/${index}`).join(',');
  for (const query of ['?status=broken', '?event=x', '?limit=0', '?before=x', `?repo=${many}`]) {
    assert.equal((await search(user, query)).statusCode, 400, query);
  }
});

test('many repositories are activated in one call, each with its own result', async (t) => {
  const { world, user } = await open(t);
  const off = (await world.start([], { repo: { isActive: false, namespace: 'acme' } })).repo;
  const on = (await world.start([], { repo: { namespace: 'acme' } })).repo;
  const readable = (await world.start([], { repo: { isActive: false, namespace: 'acme' } })).repo;
  await world.grant(user, off, ADMIN);
  await world.grant(user, on, ADMIN);
  await world.grant(user, readable, WRITE);
  const repos = [off.slug, on.slug, readable.slug, 'no/where', off.slug];
  const results = async (body: object) =>
    (await post(world, user, '/api/repos/activate', body))
      .json()
      .results.map(({ slug, result, error_code }: Record<string, string>) => [slug, result, error_code]);
  assert.deepEqual(await results({ repos, active: true, dry_run: true }), [
    [off.slug, 'would-activate', undefined],
    [on.slug, 'unchanged', undefined],
    [readable.slug, 'failed', 'not-found'],
    ['no/where', 'failed', 'not-found'],
  ]);
  assert.equal((await findRepoById(world.db, off.id))?.isActive, false);
  assert.deepEqual((await results({ repos, active: true }))[0], [off.slug, 'activated', undefined]);
  const enabled = await findRepoById(world.db, off.id);
  assert.deepEqual([enabled?.isActive, enabled?.userId], [true, user.id]);
  assert.deepEqual(await results({ namespace: 'acme', active: false }), [
    [off.slug, 'deactivated', undefined],
    [on.slug, 'deactivated', undefined],
  ]);
  assert.equal((await findRepoById(world.db, on.id))?.isActive, false);
});

test('one repository that fails in an unknown way stops no other, and its answer says nothing of the inside', async (t) => {
  const forge: Forge = {
    isAuthoritative: true,
    listRepos: async () => [],
    findRepo: async () => undefined,
    async installHook(_user, repo) {
      if (repo.name === 'broken') throw new Error('a secret inside');
      return undefined;
    },
    removeHook: async () => undefined,
    findAccount: async () => undefined,
  };
  const { world, admin } = await open(t, { forgeOf: () => forge });
  for (const name of ['broken', 'sound'])
    await world.start([], { repo: { isActive: false, namespace: 'acme', name } });
  const answer = await post(world, admin, '/api/repos/activate', { namespace: 'acme', active: true });
  assert.deepEqual(answer.json().results, [
    {
      slug: 'acme/broken',
      result: 'failed',
      error_code: 'internal',
      message: 'Something failed that should not.',
    },
    { slug: 'acme/sound', result: 'activated' },
  ]);
  assert.deepEqual(world.failures, ['an activation failed']);
});

test('a build that has gone on since it was listed is left alone', async (t) => {
  const { world } = await open(t);
  const { build } = await world.start();
  const after = await cancelBuild(world, build.id, 'killed', ({ status }) => status === 'running');
  assert.equal(after?.status, 'pending');
});

test('an activation names its repositories once, and a namespace without any is not an empty success', async (t) => {
  const { world, user } = await open(t);
  const send = (body: object) => post(world, user, '/api/repos/activate', body);
  for (const body of [
    { active: true },
    { active: true, repos: ['a/b'], namespace: 'a' },
    { repos: ['a/b'] },
  ]) {
    assert.equal((await send(body)).statusCode, 400);
  }
  assert.equal((await send({ active: true, namespace: 'acme' })).statusCode, 404);
  const many = Array.from({ length: 501 }, (_, index) => `a/${index}`);
  const answer = await send({ active: true, repos: many });
  assert.deepEqual([answer.statusCode, answer.json().error_code], [422, 'bulk-too-large']);
});
