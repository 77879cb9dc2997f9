import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertQuick } from '@sortie/testing/cpu-time';
import { aBuild, aRepo } from '../testing/sample.ts';
import { arrangeRepos, countRepos } from './repo-list.ts';

const repos = [
  aRepo({ slug: 'octo/never' }),
  aRepo({ slug: 'octo/hello', build: aBuild({ created: 20, status: 'failure' }) }),
  aRepo({ slug: 'acme/site', build: aBuild({ created: 30 }) }),
  aRepo({ slug: 'octo/busy', build: aBuild({ created: 10, status: 'running' }) }),
];

test('running repositories come first, then the newest, then those never built', () => {
  assert.deepEqual(
    arrangeRepos(repos, '').map((repo) => repo.slug),
    ['octo/busy', 'acme/site', 'octo/hello', 'octo/never'],
  );
});

test('[ui U15] the filter ignores case and takes several words', () => {
  assert.deepEqual(
    arrangeRepos(repos, 'HELLO').map((repo) => repo.slug),
    ['octo/hello'],
  );
  assert.deepEqual(
    arrangeRepos(repos, 'octo b').map((repo) => repo.slug),
    ['octo/busy'],
  );
});

test('the summary counts what runs and what fails', () => {
  assert.deepEqual(countRepos(repos), { running: 1, failing: 1, total: 4 });
});

// The goal is 50 ms on an idle machine.
test('[ui U16] five thousand repositories are filtered quickly', () => {
  const many = Array.from({ length: 5_000 }, (_, at) =>
    aRepo({ slug: `octo/repo-${at}`, build: aBuild({ created: at }) }),
  );
  assertQuick(() => assert.equal(arrangeRepos(many, '499').length, 15), 300);
});
