import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESERVED_SEGMENTS } from '@sortie/core/reserved';
import { buildHref, loginHref, parseRoute, repoHref } from './route.ts';

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
  ['/login', { page: 'login', next: '' }],
  ['/login/form', { page: 'login', next: '' }],
  ['/login?next=%2Focto%2Fhello%3Fa%3D1', { page: 'login', next: '/octo/hello?a=1' }],
  ['/login/error?code=sign-in-state', { page: 'login-error', code: 'sign-in-state' }],
  ['/login/error?message=%3Cb%3Ex', { page: 'login-error', code: '' }],
  ['/logout', { page: 'welcome', notice: 'You are signed out.' }],
  ['/account', { page: 'account' }],
  ['/octo/hello', { page: 'repo', slug: 'octo/hello' }],
  ['/octo/hello/', { page: 'repo', slug: 'octo/hello' }],
  ['/octo/hello/settings', { page: 'settings', slug: 'octo/hello' }],
  ['/octo/hello/settings/deliveries', { page: 'deliveries', slug: 'octo/hello' }],
  ['/octo/hello/settings/nope', { page: 'not-found' }],
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

test('the address of the sign-in page keeps where to go afterwards', () => {
  assert.equal(loginHref('/octo/hello?x=1#L3'), '/login?next=%2Focto%2Fhello%3Fx%3D1%23L3');
  assert.equal(loginHref('/'), '/login');
});
