import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPullRequestBuild } from './build.ts';

test('a build of what a pull request proposes stays one when it is restarted, promoted or built on demand', () => {
  const push = { event: 'push', ref: 'refs/heads/main', sourceRepo: '' } as const;
  assert.equal(isPullRequestBuild(push), false);
  assert.equal(isPullRequestBuild({ ...push, event: 'promote' }), false);
  assert.equal(isPullRequestBuild({ ...push, event: 'tag', ref: 'refs/tags/pull/7' }), false);
  assert.equal(isPullRequestBuild({ ...push, event: 'pull_request' }), true);
  assert.equal(isPullRequestBuild({ ...push, event: 'promote', ref: 'refs/pull/7/head' }), true);
  assert.equal(isPullRequestBuild({ ...push, event: 'custom', ref: 'refs/merge-requests/7/head' }), true);
  assert.equal(isPullRequestBuild({ ...push, event: 'rollback', sourceRepo: 'fork/hello' }), true);
});
