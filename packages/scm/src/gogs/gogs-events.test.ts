import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildOf, changedWebhook, parse, recordedWebhook } from './gogs.fixture.ts';

const ZERO = '0'.repeat(40);
const read = (name: string) => buildOf(recordedWebhook(name));
const kindOf = (name: string) => parse(recordedWebhook(name)).kind;

describe('mapping of recorded Gogs webhooks', () => {
  it('[scm M1] a push to an existing branch maps to its newest commit', () => {
    const build = read('push-1-commit');
    assert.equal(build.event, 'push');
    assert.equal(build.action, '');
    assert.match(build.before, /^b6a873/);
    assert.match(build.after, /^5a3800/);
    assert.deepEqual([build.ref, build.source, build.target], ['refs/heads/main', 'main', 'main']);
    assert.equal(build.message, 'tune nozzle\n\nwith a body line\nand another\n');
    assert.deepEqual([build.author, build.authorName, build.sender], ['ada', 'Ada Example', 'ada']);
    assert.equal(build.authorAvatar, 'http://gogs.example.test:3000/avatars/2');
    assert.match(build.link, /\/ada\/rocket\/compare\//);
    assert.deepEqual(build.lookups, []);
    assert.equal(build.repo.slug, 'ada/rocket');
    assert.equal(build.repo.httpUrl, 'http://gogs.example.test:3000/ada/rocket.git');
    assert.equal(build.repo.sshUrl, 'git@gogs.example.test:ada/rocket.git');
  });

  it('[scm M2] a new branch makes one build, whatever old commits the payload lists', () => {
    assert.equal(kindOf('push-new-branch.1-create'), 'ignored');
    const build = read('push-new-branch.2-push');
    assert.equal(build.before, ZERO);
    assert.match(build.after, /^45e9e5/);
    assert.equal(build.link, `http://gogs.example.test:3000/ada/rocket/commit/${build.after}`);
  });

  it('[scm M3] [scm M21] a push of many commits has the message of its newest one', () => {
    assert.equal(read('push-12-commits').message, 'commit 12\n');
    assert.equal(read('push-web-editor').event, 'push');
  });

  it('[scm M4] a forced push takes nothing from a dropped commit', () => {
    const build = read('push-force-amend');
    assert.match(build.after, /^0a352c/);
    assert.equal(build.message, 'amended\n');
    assert.match(read('push-force-unrelated').after, /^5aaa33/);
    assert.equal(read('push-force-unrelated').lookups.length, 0);
  });

  it('[scm M5] after a rollback the message is looked up', () => {
    const build = read('push-force-rollback');
    assert.match(build.after, /^0a352c/);
    assert.deepEqual([build.message, build.lookups], ['', ['message']]);
  });

  it('[scm M6] a deleted branch is reported as deleted', () => {
    const event = parse(recordedWebhook('branch-delete'));
    assert.deepEqual([event.kind, event.kind === 'branchDeleted' && event.branch], ['branchDeleted', 'same']);
  });

  it('[scm M7] light, annotated and moved tags build, and are peeled', () => {
    for (const name of ['tag-light', 'tag-annotated', 'tag-moved', 'tag-slashes']) {
      const build = read(name);
      assert.deepEqual([build.event, build.action, build.before], ['tag', 'create', ZERO], name);
      assert.deepEqual(build.lookups, ['peel', 'message']);
    }
    const build = read('tag-slashes');
    assert.deepEqual([build.ref, build.target, build.source], ['refs/tags/release/3.0', 'release/3.0', '']);
    assert.equal(build.link, 'http://gogs.example.test:3000/ada/rocket/src/release/3.0');
    assert.equal(build.author, 'ada');
  });

  it('[scm M8] [scm M16] deleted tags, labels, titles and other events are ignored', () => {
    for (const name of [
      'tag-delete',
      'pr-edit-title',
      'pr-label-add',
      'pr-assign',
      'fork',
      'issue-open',
      'issue-comment',
    ])
      assert.equal(kindOf(name), 'ignored', name);
  });

  it('[scm M9] [scm M10] a release builds its tag unless it was built before', () => {
    const build = read('release-new-tag');
    assert.deepEqual([build.event, build.after], ['tag', '']);
    assert.deepEqual(build.lookups, ['after', 'peel', 'message', 'built-before']);
    assert.equal(read('release-existing-tag').event, 'tag');
  });

  it('[scm M11] an opened pull request leaves its commits to be looked up', () => {
    const build = read('pr-open');
    assert.deepEqual([build.event, build.action, build.pull], ['pull_request', 'opened', 2]);
    assert.deepEqual([build.ref, build.source, build.target], ['refs/pull/2/head', 'pr2', 'main']);
    assert.deepEqual([build.after, build.before, build.lookups], ['', '', ['after', 'before']]);
    assert.deepEqual([build.title, build.fork], ['Add gimbal <b>"now"</b>', 'ada/rocket']);
    assert.equal(build.link, 'http://gogs.example.test:3000/ada/rocket/pulls/2');
    assert.equal(build.author, 'ada');
    assert.equal(build.authorName, 'Ada Example');
  });

  it('[scm M12] [scm M19] a synchronized pull request counts only with a new head', () => {
    const build = read('pr-synchronize.2-pull_request');
    assert.deepEqual([build.action, build.lookups], ['synchronized', ['after', 'before', 'built-before']]);
    assert.equal(read('pr-tag-with-name-of-head-branch.1-create').event, 'tag');
    assert.ok(read('pr-tag-with-name-of-head-branch.2-pull_request').lookups.includes('built-before'));
    assert.equal(kindOf('pr-head-branch-deleted.1-delete'), 'branchDeleted');
    assert.ok(read('pr-head-branch-deleted.2-pull_request').lookups.includes('built-before'));
  });

  it('[scm M13] a pull request from a fork names the fork', () => {
    const { fork, head, repo } = read('pr-fork-open');
    assert.equal(fork, 'bob/rocket');
    assert.notEqual(head?.uid, repo.uid);
    assert.deepEqual(head, {
      uid: '6',
      slug: 'bob/rocket',
      httpUrl: 'http://gogs.example.test:3000/bob/rocket.git',
      branch: 'fix-tank',
    });
    assert.equal(kindOf('pr-edit-after-head-repo-deleted'), 'ignored');
  });

  it('[scm M17] closing ends the pull request; the merge base is not taken for the old tip', () => {
    for (const name of ['pr-close', 'pr-merge-base-advanced.1-pull_request']) {
      const event = parse(recordedWebhook(name));
      assert.equal(event.kind, 'pullClosed');
      assert.equal(event.kind === 'pullClosed' && event.isMerged, name !== 'pr-close');
    }
    assert.deepEqual(read('pr-merge-base-advanced.2-push').lookups, ['before']);
  });

  it('[scm M18] a reopened pull request builds, unless the settings leave it out', () => {
    assert.equal(read('pr-reopen').action, 'reopened');
  });

  it('[scm M20] several refs in one push make one build each', () => {
    const names = ['1-push', '2-create', '3-push', '4-create'].map((part) => `push-several-refs.${part}`);
    assert.deepEqual(names.map(kindOf), ['build', 'ignored', 'build', 'build']);
  });

  it('[scm M22] the sender of a merge is who merged', () => {
    const build = read('pr-fork-merge.2-push');
    assert.equal(build.sender, 'ada');
    assert.equal(build.message, "Merge branch 'fix-tank' of bob/rocket into main\n");
  });

  it('[scm M23] the test button builds, but not on an empty repository', () => {
    assert.equal(kindOf('hook-test-empty-repo'), 'ignored');
    const build = read('hook-test');
    assert.equal(build.before, build.after);
    assert.equal(read('hook-redelivery').deliveryId, build.deliveryId);
  });

  it('[scm M41] no changed files are taken from the payload', () => {
    for (const name of ['push-rename-with-change', 'push-merge-commit', 'push-path-names'])
      assert.deepEqual(
        Object.keys(read(name)).filter((key) => /file|change/i.test(key)),
        [],
        name,
      );
  });

  it('[scm M42] mirror syncs are looked up, notes ignored', () => {
    assert.deepEqual(read('mirror-sync-update').lookups, ['short-ref', 'peel']);
    assert.equal(read('mirror-sync-new-refs.1-push').before, ZERO);
    const tag = read('mirror-sync-new-refs.2-push');
    assert.deepEqual([tag.ref, tag.after, tag.link], ['mirrtag', '', '']);
    assert.deepEqual(tag.lookups, ['short-ref', 'after', 'peel', 'message']);
    assert.equal(kindOf('mirror-sync-first.6-push'), 'ignored');
  });

  it('[scm M40] refs that are neither branch nor tag are ignored', () => {
    assert.deepEqual(
      [kindOf('push-notes-ref.1-create'), kindOf('push-notes-ref.2-push')],
      ['ignored', 'ignored'],
    );
    const request = changedWebhook('push-1-commit', (body) => Object.assign(body, { ref: 'refs/tags/v9' }));
    const build = buildOf(request);
    assert.deepEqual([build.event, build.action, build.source, build.target], ['tag', 'create', '', '']);
  });

  it('authors without an account get the login of the pusher', () => {
    const build = read('push-unknown-author');
    assert.equal(build.author, 'ada');
    assert.notEqual(build.authorName, 'Ada Example');
    assert.equal(read('push-new-branch-slashes.2-push').source, 'feat/x#1.2/ü');
  });
});
