import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type FakeGogs, startFakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';
import { type CloneWorld, openCloneWorld, SLUG } from './clone-world.fixture.ts';

const DEPTHS = [0, 1];

/** A service that speaks protocol 0 and gives away no commit by its id (scm.md 2.12). */
describe('cloning from Gogs', () => {
  let world: CloneWorld;
  let gogs: FakeGogs;
  let clone: CloneWorld['clone'];
  let urlOf: CloneWorld['urlOf'];

  beforeEach(async () => {
    world = await openCloneWorld();
    ({ gogs, clone, urlOf } = world);
  });
  afterEach(() => world.close());

  for (const depth of DEPTHS) {
    test(`[scm C6] push, tag and pull request at their exact commit, with depth ${depth}`, async () => {
      gogs.push(SLUG, { files: { a: '1' } });
      const commit = gogs.push(SLUG, { files: { b: '2' } });
      gogs.tag(SLUG, 'v1', { isAnnotated: true });
      const head = gogs.push(SLUG, { branch: 'topic', files: { c: '3' } });
      gogs.openPull(SLUG, { head: 'topic' });
      const push = await clone({ commit, depth });
      assert.equal(push.exitCode, 0, push.log);
      assert.deepEqual([push.files, await push.git('rev-parse', 'HEAD')], [['a', 'b'], commit]);
      const tag = await clone({ ref: 'refs/tags/v1', commit, depth });
      assert.equal(tag.exitCode, 0, tag.log);
      assert.equal(await tag.git('rev-parse', 'HEAD'), commit);
      const pull = await clone({ ref: 'refs/pull/1/head', commit: head, depth });
      assert.equal(pull.exitCode, 0, pull.log);
      assert.deepEqual(pull.files, ['a', 'b', 'c']);
      assert.equal(await push.git('rev-list', '--count', 'HEAD'), depth === 0 ? '2' : '1');
    });

    test(`[scm C6] a branch that has moved on, and a tag that was moved, with depth ${depth}`, async () => {
      const commit = gogs.push(SLUG, { files: { a: '1' } });
      gogs.tag(SLUG, 'v1');
      for (const name of ['b', 'c', 'd']) gogs.push(SLUG, { files: { [name]: name } });
      const push = await clone({ commit, depth });
      assert.equal(push.exitCode, 0, push.log);
      assert.deepEqual([push.files, await push.git('rev-parse', 'HEAD')], [['a'], commit]);
      gogs.deleteTag(SLUG, 'v1');
      gogs.tag(SLUG, 'v1');
      const tag = await clone({ ref: 'refs/tags/v1', commit, depth });
      assert.equal(tag.exitCode, 0, tag.log);
      assert.deepEqual(tag.files, ['a']);
    });

    test(`[scm C6] a commit that a forced push has dropped is a clear error, with depth ${depth}`, async () => {
      const base = gogs.push(SLUG, { files: { a: '1' } });
      const commit = gogs.push(SLUG, { files: { b: '2' } });
      gogs.push(SLUG, { onto: base, files: { c: '3' } });
      const { exitCode, log } = await clone({ commit, depth });
      assert.equal(exitCode, 128);
      assert.match(
        log,
        new RegExp(`The commit ${commit} is no longer on the server: it is not in refs/heads/main`),
      );
      assert.match(log, /forced push/);
    });

    test(`[scm C6] a branch that was deleted: its commit comes from another one, with depth ${depth}`, async () => {
      gogs.push(SLUG, { files: { a: '1' } });
      const commit = gogs.push(SLUG, { branch: 'topic', files: { b: '2' } });
      const number = gogs.openPull(SLUG, { head: 'topic' });
      gogs.mergePull(SLUG, number, 'ada');
      gogs.deleteBranch(SLUG, 'topic');
      const { exitCode, log, files } = await clone({
        ref: 'refs/heads/topic',
        branch: 'topic',
        commit,
        depth,
      });
      assert.equal(exitCode, 0, log);
      assert.deepEqual(files, ['a', 'b']);
    });

    test(`[scm C7] a pull request whose head branch was deleted, with depth ${depth}`, async () => {
      gogs.push(SLUG, { files: { a: '1' } });
      const commit = gogs.push(SLUG, { branch: 'topic', files: { b: '2' } });
      const number = gogs.openPull(SLUG, { head: 'topic' });
      // Somebody looks: the ref of the pull request is there from then on.
      assert.equal((await clone({ ref: `refs/pull/${number}/head`, commit })).exitCode, 0);
      gogs.deleteBranch(SLUG, 'topic');
      const from = { url: urlOf(SLUG), ref: 'refs/heads/topic' };
      for (const place of [{}, { from }]) {
        const pull = { ref: `refs/pull/${number}/head`, commit, depth, ...place };
        const { exitCode, log, files } = await clone(pull);
        assert.equal(exitCode, 0, log);
        assert.deepEqual(files, ['a', 'b']);
      }
    });
  }

  test('[scm C6] the head of a fork is fetched from the fork while the ref of the pull request is late', async () => {
    gogs.traps.pullRefReads = 1_000;
    gogs.traps.isPullRefStale = true;
    gogs.push(SLUG, { files: { a: '1' } });
    gogs.fork(SLUG, 'eve');
    gogs.setMode('eve/secret', 'ada', 'read');
    const old = gogs.push('eve/secret', { branch: 'topic', files: { b: '2' } });
    gogs.openPull(SLUG, { from: 'eve/secret', head: 'topic', by: 'eve' });
    const commit = gogs.push('eve/secret', { branch: 'topic', onto: old, files: { c: '3' } });
    const pull = { ref: 'refs/pull/1/head', commit };
    assert.equal((await clone(pull)).exitCode, 128);
    const from = { url: urlOf('eve/secret'), ref: 'refs/heads/topic' };
    for (const depth of DEPTHS) {
      const { exitCode, log, files } = await clone({ ...pull, from, depth });
      assert.equal(exitCode, 0, log);
      assert.deepEqual(files, ['a', 'b', 'c']);
    }
  });

  test('[scm X19] a head on another host never sees the credentials', async (t) => {
    const evil = await startFakeGogs();
    t.after(() => evil.close());
    gogs.push(SLUG, { files: { a: '1' } });
    const from = { url: `${evil.url}${SLUG}.git`, ref: 'refs/heads/topic' };
    const { exitCode } = await clone({ ref: 'refs/pull/1/head', commit: 'a'.repeat(40), from });
    assert.equal(exitCode, 128);
    assert.ok(evil.requests.length > 0);
    assert.ok(evil.requests.every(({ headers }) => headers.authorization === undefined));
  });
});
