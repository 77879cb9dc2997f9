import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESERVED_SEGMENTS } from '@sortie/core/reserved';
import { buildHref, parseRoute, repoHref } from './route.ts';

const build = {
  page: 'build',
  slug: 'octo/hello',
  number: 7,
  stage: undefined,
  step: undefined,
  view: 'log',
};

const CASES: [string, object][] = [
  ['/', { page: 'dashboard' }],
  ['/welcome', { page: 'welcome', notice: '' }],
  ['/welcome/', { page: 'welcome', notice: '' }],
  ['/login/link', { page: 'sign-in' }],
  ['/login/error?message=%3Cb%3Ex', { page: 'welcome', notice: '<b>x' }],
  ['/logout', { page: 'welcome', notice: 'You are signed out.' }],
  ['/account', { page: 'account' }],
  ['/octo/hello', { page: 'repo', slug: 'octo/hello' }],
  ['/octo/hello/', { page: 'repo', slug: 'octo/hello' }],
  ['/octo/hello/7', build],
  ['/octo/hello/7?view=graph', { ...build, view: 'graph' }],
  ['/octo/hello/7/2/3', { ...build, stage: 2, step: 3 }],
  ['/octo/hello/seven', { page: 'not-found' }],
  ['/octo/hello/0', { page: 'not-found' }],
  ['/octo/hello/7/2/3/4', { page: 'not-found' }],
  ['/nope', { page: 'not-found' }],
  ['/api/hello', { page: 'not-found' }],
  ['/%E0%A4%A/x', { page: 'not-found' }],
];

for (const [address, route] of CASES) {
  test(`[ui U08] ${address} leads to the right page`, () => {
    const url = new URL(address, 'http://ci.example.com');
    assert.deepEqual(parseRoute(url.pathname, url.search, RESERVED_SEGMENTS), route);
  });
}

test('addresses of repositories and builds are encoded and can be read back', () => {
  assert.equal(repoHref('a b/c#d'), '/a%20b/c%23d');
  assert.equal(buildHref('octo/hello', 7), '/octo/hello/7');
  assert.equal(buildHref('octo/hello', 7, 2, 3), '/octo/hello/7/2/3');
});
