import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aStep, compilePlan, stepOf } from './compile-context.fixture.ts';

const cloneOf = (build: NonNullable<Parameters<typeof compilePlan>[1]>['build'], text = aStep()) =>
  stepOf(compilePlan(text, { build }), 'clone').clone;

test('a commit that lies elsewhere is fetched there', () => {
  const readFrom = {
    slug: 'eve/hello',
    httpUrl: 'https://git.example/eve/hello.git',
    ref: 'refs/heads/topic',
  };
  assert.deepEqual(cloneOf({ readFrom })?.from, { url: readFrom.httpUrl, ref: readFrom.ref });
  assert.equal(cloneOf({})?.from, undefined);
});

test('[scm X25] the clone knows code of a fork, also when it is promoted, and of a fork that is gone', () => {
  const ref = 'refs/pull/7/head';
  assert.equal(cloneOf({ event: 'pull_request', ref, sourceRepo: 'eve/hello' })?.isForeign, true);
  assert.equal(cloneOf({ event: 'pull_request', ref, sourceRepo: '' })?.isForeign, true);
  assert.equal(cloneOf({ event: 'promote', ref, sourceRepo: 'eve/hello' })?.isForeign, true);
  assert.equal(cloneOf({})?.isForeign, undefined);
});

test('[scm X25] what a fork writes cannot lead the credentials of the clone elsewhere', () => {
  const text = `environment: {http_proxy: "http://evil:80", HTTPS_PROXY: "http://evil:80", ALL_PROXY: "http://evil:80", GIT_CONFIG_COUNT: "1", BASH_ENV: x}\nclone: {submodules: true, lfs: true}\n${aStep()}`;
  const fork = { event: 'pull_request', ref: 'refs/pull/7/head', sourceRepo: 'eve/hello' } as const;
  const netrc = { machine: 'git.example.com', login: 'ada', password: 'p' };
  const proxies = { http: 'http://proxy:3128' };
  for (const cloneImage of [undefined, 'drone/git']) {
    const runner = { proxies, ...(cloneImage === undefined ? {} : { cloneImage }) };
    const { environment } = stepOf(compilePlan(text, { netrc, runner, build: fork }), 'clone');
    const { http_proxy, HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, GIT_CONFIG_COUNT, BASH_ENV } = environment;
    assert.deepEqual([http_proxy, HTTP_PROXY], [proxies.http, proxies.http]);
    assert.deepEqual([HTTPS_PROXY, ALL_PROXY, GIT_CONFIG_COUNT, BASH_ENV], Array(4).fill(undefined));
    const { PLUGIN_RECURSIVE, PLUGIN_LFS } = environment;
    assert.deepEqual([PLUGIN_RECURSIVE, PLUGIN_LFS], [undefined, undefined]);
    const own = stepOf(compilePlan(text, { netrc, runner }), 'clone').environment;
    assert.equal(own.BASH_ENV, 'x', 'the code of the repository may');
    const guarded = { ...runner, isNetrcForClone: true };
    assert.equal(
      stepOf(compilePlan(text, { netrc, runner: guarded }), 'clone').environment.BASH_ENV,
      undefined,
    );
  }
});
