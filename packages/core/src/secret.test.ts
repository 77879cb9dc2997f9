import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENTS, isForkBuild, isTrustedBuild, pullNumberOf } from './build.ts';
import {
  allowsImage,
  isSecretForBuild,
  isSecretName,
  legacyEventOf,
  matchesAny,
  type Secret,
} from './secret.ts';

const REPO = { slug: 'Octo/hello' };
const PUSH = { event: 'push', ref: 'refs/heads/main', sourceRepo: '' } as const;
const OWN = { event: 'pull_request', ref: 'refs/pull/1/head', sourceRepo: 'octo/hello' } as const;
const FORK = { ...OWN, sourceRepo: 'stranger/hello' } as const;
const GONE = { ...OWN, sourceRepo: '' } as const;

const SECRET: Secret = {
  id: 1,
  repoId: 1,
  namespace: '',
  name: 'token',
  allowsPullRequests: false,
  allowsPullRequestPushes: false,
  legacy: undefined,
  created: 0,
  updated: 0,
};

test('[ops C55] a name is made of ASCII letters, digits, dashes, underscores and dots', () => {
  for (const name of ['A-b_c.1', '-', '..', 'x'.repeat(500)]) assert.equal(isSecretName(name), true, name);
  for (const name of ['', 'a b', 'é', 'a\n', '\na', 'x'.repeat(501)])
    assert.equal(isSecretName(name), false, name);
});

test('a build comes from a fork when its source is another repository, or unknown', () => {
  assert.deepEqual(
    [PUSH, OWN, FORK, GONE].map((build) => isForkBuild(build, REPO)),
    [false, false, true, true],
  );
  assert.equal(isForkBuild({ ...FORK, event: 'promote' }, REPO), true);
  // The Git service names the source, so a fork cannot pass for ours by having the name that only we use.
  const renamed = { slug: 'stranger/hello', serviceSlug: 'octo/hello' };
  assert.deepEqual(
    [OWN, FORK].map((build) => isForkBuild(build, renamed)),
    [false, true],
  );
});

test('only builds of a trusted repository that come from no fork are trusted', () => {
  const trusted = [PUSH, OWN, FORK, GONE].map((build) => isTrustedBuild(build, { ...REPO, isTrusted: true }));
  assert.deepEqual(trusted, [true, true, false, false]);
  assert.equal(isTrustedBuild(PUSH, { ...REPO, isTrusted: false }), false);
});

test('the ref tells the number of a pull request at every Git service', () => {
  const refs = [
    'refs/pull/7/head',
    'refs/merge-requests/8/head',
    'refs/pull-requests/9/from',
    'refs/pulls/1/x',
  ];
  assert.deepEqual(
    refs.map((ref) => pullNumberOf({ ref })),
    [7, 8, 9, 1],
  );
  const others = ['refs/heads/pull/7/head', 'refs/tags/7', '', 'refs/pull/x/head'];
  assert.ok(others.every((ref) => pullNumberOf({ ref }) === 0));
});

/** Who may have it: a push, a pull request of the repository itself, one of a fork. */
for (const [what, patch, expected] of [
  ['of a repository', {}, [true, false, false]],
  ['of a repository for pull requests', { allowsPullRequests: true }, [true, true, true]],
  ['of a namespace', { repoId: 0, namespace: 'octo' }, [true, false, false]],
  [
    'of a namespace for pull requests',
    { repoId: 0, namespace: 'octo', allowsPullRequests: true },
    [true, true, false],
  ],
] as const) {
  test(`[scm X23] a secret ${what} is for: push ${expected[0]}, own pull request ${expected[1]}, fork ${expected[2]}`, () => {
    const secret = { ...SECRET, ...patch };
    assert.deepEqual(
      [PUSH, OWN, FORK].map((build) => isSecretForBuild(secret, build, REPO)),
      expected,
    );
  });
}

test('every event has a name in the 0.5 API', () => {
  assert.deepEqual(Object.fromEntries(EVENTS.map((event) => [event, legacyEventOf(event)])), {
    push: 'push',
    pull_request: 'pull_request',
    tag: 'tag',
    promote: 'deployment',
    rollback: 'deployment',
    cron: 'push',
    custom: 'push',
  });
});

for (const [pattern, text, expected] of [
  ['plugins/*', 'plugins/slack', true],
  ['plugins/*', 'plugins/slack/x', false],
  ['plugins/**', 'plugins/slack/x', false],
  ['**', 'a/b', false],
  ['push', 'push', true],
  ['p?s[gh]', 'push', true],
  ['{push,tag}', 'tag', false],
  ['\\{a}', '{a}', true],
  ['[', '[', false],
  ['a\\', 'a', false],
] as const) {
  test(`the pattern ${pattern} ${expected ? 'matches' : 'does not match'} ${text}`, () => {
    assert.equal(matchesAny([pattern], text), expected);
  });
}

test('a star alone is every image, also none; no pattern is no image', () => {
  assert.deepEqual([allowsImage(['*'], 'a/b/c'), allowsImage(['*'], undefined)], [true, true]);
  assert.deepEqual([allowsImage(['a*'], undefined), allowsImage([], 'a')], [false, false]);
});
