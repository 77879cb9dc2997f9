import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasSkipDirective } from './skip.ts';

test('[pipeline 45] a skip directive anywhere in the message of a push counts, for a tag it does not', () => {
  assert.equal(hasSkipDirective('push', 'update\n\n[CI SKIP] docs', ''), true);
  assert.equal(hasSkipDirective('push', 'x ***no_ci***', ''), true);
  assert.equal(hasSkipDirective('tag', '[ci skip]', ''), false);
  assert.equal(hasSkipDirective('push', 'skip ci', ''), false);
});

test('[pipeline 46] a skip directive in the title of a pull request counts', () => {
  assert.equal(hasSkipDirective('pull_request', 'body', 'Fix [skip ci]'), true);
});
