import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createHttpWorld } from '@sortie/testing/http-world';
import { createSignInLink } from './auth/sessions.ts';
import { withoutPrefix } from './config-address.ts';

const PAGE = `<!doctype html>
<meta name="sortie-prefix" content="" />
<script type="module" crossorigin src="./assets/main-abc.js"></script>
<link rel="icon" href="./assets/icon-abc.svg" />
`;

/** A server at `http://ci.example.com/ci`. */
async function setup(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const webRoot = await mkdtemp(join(tmpdir(), 'sortie-web-'));
  t.after(() => rm(webRoot, { recursive: true }));
  await mkdir(join(webRoot, 'assets'));
  await writeFile(join(webRoot, 'index.html'), PAGE);
  await writeFile(join(webRoot, 'assets', 'main-abc.js'), 'export const answer = 42;');
  const world = await createHttpWorld({
    env: { DRONE_SERVER_HOST: 'ci.example.com/ci', ...env },
    app: { webRoot },
  });
  t.after(() => world.close());
  const user = await world.addUser({ login: 'ada', isAdmin: true });
  return { world, user, headers: await world.bearer(user) };
}

test('everything answers below the path, whether a proxy has taken it off or not', async (t) => {
  const { world, headers } = await setup(t);
  const { repo } = await world.start();
  for (const url of [
    '/api/user',
    `/api/repos/${repo.slug}/builds/1`,
    '/version',
    '/healthz',
    '/api/openapi.json',
  ]) {
    assert.equal((await world.app.inject({ url, headers })).statusCode, 200, url);
    assert.equal((await world.app.inject({ url: `/ci${url}`, headers })).statusCode, 200, `/ci${url}`);
  }
  assert.equal((await world.app.inject('/ci/api/user')).statusCode, 401);
  assert.equal((await world.app.inject('/ci/api/nothing')).json().error_code, 'not-found');
  const asset = await world.app.inject('/ci/assets/main-abc.js');
  assert.equal(asset.body, 'export const answer = 42;');
});

test('the path is taken off once, and only as whole segments', async (t) => {
  const { world, headers } = await setup(t);
  for (const url of ['/city/api/user', '/ci/ci/api/user', '/CI/api/user', '/ci%2Fapi/user']) {
    const answer = await world.app.inject({ url, headers });
    assert.match(String(answer.headers['content-type']), /^text\/html/, url);
  }
  assert.equal(withoutPrefix('/ci?x=1', '/ci'), '/?x=1');
  assert.equal(withoutPrefix('/cx', ''), '/cx');
});

test('pages name their files and themselves with the path', async (t) => {
  const { world } = await setup(t);
  for (const url of ['/ci/ada/demo/1', '/ada/demo/1', '/ci/welcome']) {
    const { body, headers } = await world.app.inject(url);
    assert.match(body, /name="sortie-prefix" content="\/ci"/);
    assert.match(body, /src="\/ci\/assets\/main-abc\.js"/);
    assert.match(body, /href="\/ci\/assets\/icon-abc\.svg"/);
    assert.match(String(headers['content-security-policy']), /base-uri 'none'/);
  }
  for (const url of ['/ci', '/ci/', '/']) {
    const { statusCode, headers } = await world.app.inject(url);
    assert.deepEqual([statusCode, headers.location], [303, '/ci/welcome'], url);
  }
});

test('without a path pages name their files from the root', async (t) => {
  const { world } = await setup(t, { DRONE_SERVER_HOST: '' });
  const { body } = await world.app.inject('/ada/demo/1');
  assert.match(body, /name="sortie-prefix" content=""/);
  assert.match(body, /src="\/assets\/main-abc\.js"/);
});

test('the version and the description of the interface name the address with the path', async (t) => {
  const { world } = await setup(t);
  const address = 'http://ci.example.com/ci';
  assert.equal((await world.app.inject('/ci/version')).json().url, address);
  const { servers } = (await world.app.inject('/ci/api/openapi.json')).json();
  assert.deepEqual(servers, [{ url: address }]);
});

test('the session cookie belongs to the path, and pages of the host may use it', async (t) => {
  const { world, user } = await setup(t);
  const { secret } = await createSignInLink(world.auth, { userId: user.id, timeoutMs: 60_000 });
  const origin = { origin: 'http://ci.example.com', host: 'internal:8080' };
  const send = (url: string, token: string, headers: Record<string, string>) =>
    world.app.inject({ method: 'POST', url, payload: { token }, headers });
  const foreign = { ...origin, origin: 'http://evil.example.com' };
  assert.equal((await send('/ci/login/link', secret, foreign)).statusCode, 403);
  const answer = await send('/ci/login/link', secret, origin);
  assert.equal(answer.statusCode, 200);
  assert.match(String(answer.headers['set-cookie']), /; Path=\/ci; /);
  const out = await world.app.inject({ method: 'POST', url: '/ci/logout', headers: origin });
  assert.match(String(out.headers['set-cookie']), /=deleted; Path=\/ci; /);
});

test('the redirect to TLS keeps the path, also when a proxy has taken it off', async (t) => {
  const { world } = await setup(t, { DRONE_HTTP_SSL_REDIRECT: 'true' });
  for (const url of ['/ci/ada/demo?x=1', '/ada/demo?x=1']) {
    const answer = await world.app.inject({ url, headers: { host: 'ci.example.com' } });
    assert.equal(answer.headers.location, 'https://ci.example.com/ci/ada/demo?x=1');
  }
});

test('[ledger 25] origins other than ours get answers but never the use of a session', async (t) => {
  const { world, headers } = await setup(t);
  const ask = async (origin: string) => {
    const answer = await world.app.inject({
      url: '/ci/api/user',
      headers: { ...headers, origin, host: 'x' },
    });
    const { 'access-control-allow-origin': allowed, 'access-control-allow-credentials': credentials } =
      answer.headers;
    return [allowed, credentials];
  };
  assert.deepEqual(await ask('http://evil.example.com'), ['http://evil.example.com', undefined]);
  assert.deepEqual(await ask('http://ci.example.com'), ['http://ci.example.com', 'true']);
});
