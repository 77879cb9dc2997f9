import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { HookBuild, HookCompletion } from '../hook-event.ts';
import type { ScmToken } from '../objects.ts';
import { parseGogsWebhook } from './gogs-webhook-map.ts';
import { type GogsWorld, openGogsWorld } from './gogs-world.fixture.ts';

const SLUG = 'ada/rocket';

describe('completion of Gogs webhooks', () => {
  let world: GogsWorld;
  let ada: ScmToken;
  let base: string;
  beforeEach(async () => {
    world = await openGogsWorld();
    const repo = world.fake.addRepo(SLUG);
    repo.hooks.push({
      id: 1,
      // Nobody listens there: the fake keeps the delivery all the same.
      url: 'http://127.0.0.1:9/hook',
      contentType: 'json',
      secret: 's',
      events: ['push', 'create', 'delete', 'pull_request', 'release'],
      active: true,
    });
    ada = world.token('ada');
    base = world.fake.push(SLUG, { files: { 'a.txt': '1' } });
  });
  afterEach(() => world.close());

  /** The build of the last delivery of this event. */
  async function lastBuild(event: string): Promise<HookBuild> {
    await world.fake.settled();
    const delivery = world.fake.deliveries.filter((known) => known.event === event).at(-1);
    if (delivery === undefined) throw new Error(`the fake sent no ${event}`);
    const headers = Object.fromEntries(
      Object.entries(delivery.headers).map(([key, value]) => [key.toLowerCase(), value]),
    );
    const place = { link: world.fake.url, origins: [new URL(world.fake.url).origin] };
    const parsed = parseGogsWebhook({ headers, rawBody: Buffer.from(delivery.body) }, ['s'], place);
    if (parsed.kind !== 'build') throw new Error(`no build: ${JSON.stringify(parsed)}`);
    return parsed;
  }
  const complete = async (
    event: string,
    built: readonly string[] = [],
    token = ada,
  ): Promise<HookCompletion> =>
    world.driver.completeHook(token, await lastBuild(event), { builtCommits: async () => built });
  const completed = async (event: string, built: readonly string[] = [], token = ada): Promise<HookBuild> => {
    const done = await complete(event, built, token);
    if (done.kind !== 'build') throw new Error(`no build: ${JSON.stringify(done)}`);
    return done;
  };

  it('[scm M11] an opened pull request waits for its ref and then has head and base', async () => {
    world.fake.traps.pullRefReads = 3;
    const tip = world.fake.push(SLUG, { branch: 'feature' });
    world.fake.openPull(SLUG, { head: 'feature' });
    const build = await completed('pull_request');
    assert.deepEqual([build.after, build.before, build.lookups], [tip, base, []]);
    assert.deepEqual(world.pauses, [200, 500]);
    assert.equal(build.readFrom, undefined);
  });

  it('[scm M12] a synchronized pull request never uses the previous tip', async () => {
    const first = world.fake.push(SLUG, { branch: 'feature' });
    world.fake.openPull(SLUG, { head: 'feature' });
    await completed('pull_request');
    for (const isStale of [true, false]) {
      world.fake.traps.isPullRefStale = isStale;
      world.fake.traps.pullRefReads = 2;
      const tip = world.fake.push(SLUG, { branch: 'feature' });
      assert.equal((await completed('pull_request', [first])).after, tip);
    }
  });

  it('[scm M13] the head of a fork is found in the fork', async () => {
    world.fake.fork(SLUG, 'bob');
    const tip = world.fake.push('bob/rocket', { branch: 'fix', by: 'bob' });
    world.fake.openPull(SLUG, { head: 'fix', from: 'bob/rocket' });
    const build = await completed('pull_request');
    assert.deepEqual([build.after, build.before, build.fork], [tip, base, 'bob/rocket']);
  });

  it('a private fork is read through the ref of the pull request', async () => {
    const fork = world.fake.fork(SLUG, 'bob');
    fork.isPrivate = true;
    const first = world.fake.push('bob/rocket', { branch: 'fix', by: 'bob' });
    world.fake.openPull(SLUG, { head: 'fix', from: 'bob/rocket' });
    assert.equal((await completed('pull_request')).after, first);
    world.fake.traps.isPullRefStale = true;
    world.fake.traps.pullRefReads = 3;
    const second = world.fake.push('bob/rocket', { branch: 'fix', by: 'bob' });
    assert.equal((await completed('pull_request', [first])).after, second);
  });

  it('[scm M18] after a reopen the branch counts, because the ref is stale', async () => {
    world.fake.push(SLUG, { branch: 'feature' });
    world.fake.openPull(SLUG, { head: 'feature' });
    await completed('pull_request');
    world.fake.closePull(SLUG, 1);
    const tip = world.fake.push(SLUG, { branch: 'feature' });
    world.fake.reopenPull(SLUG, 1);
    const build = await completed('pull_request');
    assert.deepEqual([build.action, build.after], ['reopened', tip]);
    assert.deepEqual(build.readFrom, {
      slug: SLUG,
      httpUrl: `${world.fake.url}${SLUG}.git`,
      ref: 'refs/heads/feature',
    });
    assert.deepEqual(world.pauses, [200, 500, 1_000, 2_000, 4_000, 8_000]);
  });

  it('[scm M19] a synchronized without new code is ignored, also behind a tag of the same name', async () => {
    const tip = world.fake.push(SLUG, { branch: 'feature' });
    world.fake.openPull(SLUG, { head: 'feature' });
    await completed('pull_request');
    world.fake.traps.pullRefReads = Number.POSITIVE_INFINITY;
    world.fake.push(SLUG, { branch: 'other' });
    world.fake.tag(SLUG, 'feature', { at: tip });
    world.fake.deleteTag(SLUG, 'feature');
    assert.equal((await complete('pull_request', [tip])).kind, 'ignored');
  });

  it('[scm M19] [scm C7] after the head branch was deleted the ref of the pull request still tells', async () => {
    const tip = world.fake.push(SLUG, { branch: 'feature' });
    world.fake.openPull(SLUG, { head: 'feature' });
    await completed('pull_request');
    world.fake.traps.isPullRefStale = true;
    world.fake.deleteBranch(SLUG, 'feature');
    assert.equal((await complete('pull_request', [tip])).kind, 'ignored');
    assert.equal((await completed('pull_request', [])).after, tip);
  });

  it('a head that the payload names is taken as it is', async () => {
    world.fake.push(SLUG, { branch: 'feature' });
    world.fake.openPull(SLUG, { head: 'feature' });
    const event = {
      ...(await lastBuild('pull_request')),
      after: 'a'.repeat(40),
      lookups: ['before'] as const,
    };
    const done = await world.driver.completeHook(ada, event, { builtCommits: async () => [] });
    assert.deepEqual(done.kind === 'build' && [done.after, done.before], ['a'.repeat(40), base]);
  });

  it('a pull request of which nothing is found is a build in error', async () => {
    world.fake.traps.pullRefReads = Number.POSITIVE_INFINITY;
    const fork = world.fake.fork(SLUG, 'bob');
    fork.isPrivate = true;
    world.fake.push('bob/rocket', { branch: 'fix', by: 'bob' });
    world.fake.openPull(SLUG, { head: 'fix', from: 'bob/rocket' });
    const done = await complete('pull_request');
    assert.equal(done.kind === 'error' && done.message, 'pull request ref not available yet – retry');
  });

  it('[scm M7] annotated tags have the commit, its message and author', async () => {
    const tagObject = world.fake.tag(SLUG, 'v1', { isAnnotated: true, by: 'bob' });
    const build = await completed('create');
    assert.notEqual(tagObject, base);
    assert.deepEqual([build.after, build.message, build.author], [base, 'change something', 'bob']);
    assert.equal(build.authorName, 'Ada Example');
  });

  it('[scm M9] [scm M10] a release builds its new tag once', async () => {
    world.fake.release(SLUG, 'v2');
    assert.equal((await completed('release')).after, base);
    assert.equal((await complete('release', [base])).kind, 'ignored');
  });

  it('[scm M44] a tag on a tree is ignored; [scm P31] one that is gone is an error', async () => {
    world.fake.tag(SLUG, 'tree', { at: '7cc0f55800000000000000000000000000000000' });
    assert.equal((await complete('create')).kind, 'ignored');
    world.fake.release(SLUG, 'v3');
    world.fake.state.repos[0]?.refs.delete('refs/tags/v3');
    assert.equal((await complete('release')).kind, 'error');
  });

  it('[scm M5] [scm P19] a missing message is looked up at the branch, then at the commit', async () => {
    const tip = world.fake.push(SLUG, { message: 'kept\n\nwhole' });
    const build = { ...(await lastBuild('push')), message: '', lookups: ['message'] as const };
    const history = { builtCommits: async () => [] };
    const whole = await world.driver.completeHook(ada, build, history);
    assert.equal(whole.kind === 'build' && whole.message, 'kept\n\nwhole');
    const old = await world.driver.completeHook(ada, { ...build, after: base }, history);
    assert.equal(old.kind === 'build' && old.message, 'change something');
    assert.notEqual(tip, base);
  });

  it('[scm M17] the old tip of a merge is the first parent of the merge commit', async () => {
    world.fake.push(SLUG, { branch: 'feature' });
    world.fake.openPull(SLUG, { head: 'feature' });
    const advanced = world.fake.push(SLUG, { files: { 'b.txt': '2' } });
    const merged = world.fake.mergePull(SLUG, 1, 'bob');
    const raw = await lastBuild('push');
    assert.equal(raw.before, base);
    const build = await completed('push');
    assert.deepEqual([build.after, build.before], [merged, advanced]);
  });

  it('[scm M42] [scm P30] short names of a mirror are looked up: branch, then tag, else ignored', async () => {
    world.fake.tag(SLUG, 'only-tag', { isAnnotated: true });
    const push = await lastBuild('push');
    const short = { ...push, after: '', lookups: ['short-ref', 'after', 'peel', 'message'] as const };
    const history = { builtCommits: async () => [] };
    const at = (ref: string) => world.driver.completeHook(ada, { ...short, ref }, history);
    const branch = await at('main');
    assert.deepEqual(branch.kind === 'build' && [branch.event, branch.ref, branch.after], [
      'push',
      'refs/heads/main',
      base,
    ]);
    const tag = await at('only-tag');
    assert.deepEqual(tag.kind === 'build' && [tag.event, tag.ref, tag.after], [
      'tag',
      'refs/tags/only-tag',
      base,
    ]);
    assert.equal((await at('neither')).kind, 'ignored');
  });
});
