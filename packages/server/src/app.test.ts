import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ERROR_CODES } from '@sortie/core/errors';
import { createHttpWorld, type HttpWorldOptions } from '@sortie/testing/http-world';

interface Scope {
  after(work: () => Promise<void>): void;
}

async function open(t: Scope, options: HttpWorldOptions = {}) {
  const world = await createHttpWorld(options);
  t.after(() => world.close());
  return world;
}

async function openWithPages(t: Scope, env: Record<string, string> = {}) {
  const webRoot = await mkdtemp(join(tmpdir(), 'sortie-web-'));
  t.after(() => rm(webRoot, { recursive: true }));
  await mkdir(join(webRoot, 'assets'));
  await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>Sortie</title>');
  await writeFile(join(webRoot, 'assets', 'main-abc123.js'), 'export const answer = 42;');
  await writeFile(join(webRoot, 'favicon.svg'), '<svg/>');
  return open(t, { env, app: { webRoot } });
}

test('every answer has a request id, is not stored and not sniffed', async (t) => {
  const { app } = await open(t);
  const answer = await app.inject({ url: '/version', headers: { 'x-request-id': 'abc-1' } });
  assert.equal(answer.headers['x-request-id'], 'abc-1');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.match(String(answer.headers['cache-control']), /no-store/);
  assert.equal(answer.headers.expires, 'Thu, 01 Jan 1970 00:00:00 GMT');
  const strange = await app.inject({ url: '/version', headers: { 'x-request-id': 'a b\u001b[31m' } });
  assert.match(String(strange.headers['x-request-id']), /^[0-9a-f-]{36}$/);
});

test('an error is a problem with code, remedy and request id, in Drone’s members too', async (t) => {
  const { app } = await open(t);
  const answer = await app.inject('/api/user');
  assert.equal(answer.statusCode, 401);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.deepEqual(answer.json(), {
    type: 'urn:sortie:error:unauthorized',
    title: ERROR_CODES.unauthorized.summary,
    status: 401,
    detail: 'Unauthorized. Sign in, or send a token as "Authorization: Bearer …".',
    message: 'Unauthorized',
    code: 401,
    error_code: 'unauthorized',
    hint: 'Sign in, or send a token as "Authorization: Bearer …".',
    request_id: answer.headers['x-request-id'],
  });
});

test('[ledger 13] an unexpected failure is 500 without any of its inside, and the log has it', async (t) => {
  const world = await open(t);
  world.app.get('/breaks', { config: { access: 'open' } }, () => {
    throw new Error('password is hunter2');
  });
  const answer = await world.app.inject('/breaks');
  assert.equal(answer.statusCode, 500);
  assert.equal(answer.body.includes('hunter2'), false);
  assert.equal(answer.json().error_code, 'internal');
  assert.deepEqual(world.failures, ['a request failed']);
});

test('below /api an unknown path is 404 and a wrong method 405, both as problems', async (t) => {
  const { app } = await open(t);
  assert.equal((await app.inject('/api/nothing')).json().error_code, 'not-found');
  assert.equal((await app.inject('/rpc/v9/ping')).statusCode, 404);
  assert.equal((await app.inject({ method: 'POST', url: '/somewhere' })).statusCode, 404);
  const wrong = await app.inject({ method: 'PUT', url: '/api/repos/a/b/builds/1' });
  assert.equal(wrong.statusCode, 405);
  assert.equal(wrong.headers.allow, 'GET, POST, DELETE');
  assert.equal(wrong.json().error_code, 'method-not-allowed');
});

test('a path that cannot be decoded is a 400 problem', async (t) => {
  const { app } = await open(t);
  const answer = await app.inject('/api/repos/%zz/b');
  assert.equal(answer.statusCode, 400);
  assert.equal(answer.json().error_code, 'invalid-request');
});

test('[ledger 32] an escaped slash is decoded once, and a trailing slash does not matter', async (t) => {
  const world = await open(t);
  const headers = await world.bearer(await world.addUser({ isAdmin: true }));
  await world.start([], { repo: { namespace: 'a%2Fb', name: 'c', slug: 'a%2Fb/c' } });
  await world.start([], { repo: { namespace: 'x/y', name: 'z', slug: 'x/y/z' } });
  const status = async (url: string) => (await world.app.inject({ url, headers })).statusCode;
  assert.equal(await status('/api/repos/a%252Fb/c'), 200);
  assert.equal(await status('/api/repos/x%2Fy/z'), 200);
  assert.equal(await status('/api/user/repos/'), 200);
});

test('a body is JSON whatever its content type says, and null members count as absent', async (t) => {
  const { app, addUser, bearer } = await open(t);
  const headers = await bearer(await addUser());
  const post = (payload: string, type?: string) => {
    const typed: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    return app.inject({
      method: 'POST',
      url: '/api/user/tokens',
      payload,
      headers: { ...headers, ...typed },
    });
  };
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', undefined]) {
    assert.equal((await post('{"NAME":"x","scopes":null,"more":1}', type)).statusCode, 200, String(type));
  }
  for (const wrong of ['', 'null', '{', '[]', '"x"', '{"name":1}', '{"name":""}']) {
    const answer = await post(wrong, 'application/json');
    assert.deepEqual([wrong, answer.statusCode, answer.json().error_code], [wrong, 400, 'invalid-request']);
  }
});

test('an empty body with a content type is fine where none is read', async (t) => {
  const world = await open(t);
  const { repo } = await world.start();
  const headers = {
    ...(await world.bearer(await world.addUser({ isAdmin: true }))),
    'content-type': 'application/json',
  };
  const url = `/api/repos/${repo.slug}/builds/1`;
  assert.equal((await world.app.inject({ method: 'DELETE', url, headers, payload: '' })).statusCode, 200);
});

test('a body above the limit is refused, and strangers are refused before it is read', async (t) => {
  const { app, addUser, bearer } = await open(t);
  const payload = JSON.stringify({ name: 'x'.repeat(1024 * 1024) });
  const post = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/api/user/tokens', payload, headers });
  const answer = await post(await bearer(await addUser()));
  assert.equal(answer.statusCode, 413);
  assert.equal(answer.json().error_code, 'body-too-large');
  assert.equal((await post({})).statusCode, 401);
});

test('[ledger 25] other origins may read, but only our own and listed ones with a session', async (t) => {
  const { app } = await open(t, { env: { SORTIE_CORS_ORIGINS: 'https://tools.example.com' } });
  const ask = async (origin: string) => (await app.inject({ url: '/api/user', headers: { origin } })).headers;
  const foreign = await ask('https://evil.example');
  assert.equal(foreign['access-control-allow-origin'], 'https://evil.example');
  assert.equal(foreign['access-control-allow-credentials'], undefined);
  assert.equal(foreign.vary, 'Origin');
  for (const origin of ['https://tools.example.com', 'http://localhost:8080']) {
    assert.equal((await ask(origin))['access-control-allow-credentials'], 'true', origin);
  }
  const preflight = await app.inject({
    method: 'OPTIONS',
    url: '/api/user/repos',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  assert.deepEqual([preflight.statusCode, preflight.body], [200, '']);
  assert.match(String(preflight.headers['access-control-allow-methods']), /POST/);
  assert.equal(preflight.headers['access-control-max-age'], '300');
  assert.equal(
    (await app.inject({ url: '/version', headers: { origin: 'https://x.y' } })).headers[
      'access-control-allow-origin'
    ],
    undefined,
  );
});

test('only listed hosts are answered, whoever asks, except for probes', async (t) => {
  const { app } = await open(t, {
    env: { DRONE_HTTP_ALLOWED_HOSTS: 'ci.example.com', DRONE_HTTP_PROXY_HEADERS: 'X-Forwarded-Host' },
  });
  const status = async (url: string, headers: Record<string, string>) =>
    (await app.inject({ url, headers })).statusCode;
  assert.equal(await status('/version', { host: 'CI.example.com' }), 200);
  assert.equal(await status('/version', { host: 'pod', 'x-forwarded-host': 'ci.example.com' }), 200);
  assert.equal(await status('/version', { host: 'evil.example' }), 400);
  assert.equal(await status('/api/user', { host: 'evil.example' }), 400);
  assert.equal(await status('/', { host: 'evil.example' }), 400);
  assert.equal(await status('/healthz', { host: '10.0.0.7' }), 200);
});

test('plain requests are sent to TLS when that is set, unless a proxy says that they came over it', async (t) => {
  const env = {
    DRONE_HTTP_SSL_REDIRECT: 'true',
    DRONE_HTTP_SSL_PROXY_HEADERS: 'X-Forwarded-Proto:https',
    DRONE_HTTP_STS_SECONDS: '60',
  };
  const { app } = await open(t, { env });
  const plain = await app.inject({ url: '/version?a=b', headers: { host: 'ci.example.com' } });
  assert.deepEqual([plain.statusCode, plain.headers.location], [301, 'https://ci.example.com/version?a=b']);
  assert.equal(plain.headers['strict-transport-security'], undefined);
  const secure = await app.inject({ url: '/version', headers: { 'x-forwarded-proto': 'https' } });
  assert.equal(secure.statusCode, 200);
  assert.equal(secure.headers['strict-transport-security'], 'max-age=60');
});

test('every other path is the page, with a policy that allows no inline script and no frame', async (t) => {
  const { app } = await openWithPages(t);
  for (const url of ['/octocat/hello', '/octocat/hello/7/1/2', '/welcome', '/login/link', '/account']) {
    const answer = await app.inject(url);
    assert.deepEqual([url, answer.statusCode, answer.body.includes('Sortie')], [url, 200, true]);
    assert.match(
      String(answer.headers['content-security-policy']),
      /script-src 'self';.*frame-ancestors 'none'/,
    );
    assert.equal(answer.headers['x-frame-options'], 'DENY');
    assert.equal(answer.headers['referrer-policy'], 'same-origin');
    assert.match(String(answer.headers['cache-control']), /no-store/);
  }
});

test('the front page is for people who have signed in; others are shown the way', async (t) => {
  const { app, addUser, cookie } = await openWithPages(t);
  const visitor = await app.inject('/');
  assert.deepEqual([visitor.statusCode, visitor.headers.location], [303, '/welcome']);
  assert.equal((await app.inject({ url: '/', headers: await cookie(await addUser()) })).statusCode, 200);
});

test('hashed files are kept for a year and come compressed; what is missing is no page', async (t) => {
  const { app } = await openWithPages(t);
  const url = '/assets/main-abc123.js';
  const plain = await app.inject(url);
  assert.equal(plain.body, 'export const answer = 42;');
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.deepEqual([plain.headers.pragma, plain.headers.expires], [undefined, undefined]);
  const packed = await app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(packed.rawPayload).toString(), plain.body);
  assert.equal((await app.inject('/favicon.svg')).headers['cache-control'], 'public, max-age=3600');
  assert.equal((await app.inject('/assets/main-old.js')).statusCode, 404);
});

test('no path leads out of the folder of the interface', async (t) => {
  const { app } = await openWithPages(t);
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const paths = [
    '/../../etc/passwd',
    '/assets/../../../etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/assets/%2e%2e/index.html',
    '/assets/..%5c..%5cx.js',
    '/.git/config.json',
  ];
  for (const path of paths) {
    const answer = await rawGet(Number(new URL(address).port), path);
    assert.doesNotMatch(answer, /root:/, path);
    assert.match(answer, /HTTP\/1\.1 (200 OK[\s\S]*<title>Sortie|4\d\d)/, path);
  }
});

/** A request whose path no client library tidies up. */
async function rawGet(port: number, path: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test('without the built interface the server says how to build it', async (t) => {
  const { app } = await open(t);
  const answer = await app.inject('/welcome');
  assert.equal(answer.statusCode, 503);
  assert.match(answer.body, /npm run build/);
});

test('a policy of the operator replaces ours, with a fresh nonce each time', async (t) => {
  const { app } = await openWithPages(t, { DRONE_HTTP_CONTENT_SECURITY_POLICY: "script-src 'nonce-$NONCE'" });
  const policy = async () => String((await app.inject('/welcome')).headers['content-security-policy']);
  const first = await policy();
  assert.match(first, /^script-src 'nonce-[A-Za-z0-9+/]{22}=='$/);
  assert.notEqual(await policy(), first);
});
