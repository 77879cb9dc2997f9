import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { openGogsSession } from './gogs-session.ts';

interface Seen {
  readonly path: string;
  readonly cookie: string;
  readonly form: URLSearchParams;
}

/** Pages as Gogs has them, main line or older; every answer but that of the sign-in sets a cookie of its own. */
async function openPages(t: TestContext, isOld: boolean) {
  const posts: Seen[] = [];
  const server = createServer(async (request, response) => {
    const body = await read(request);
    const path = request.url ?? '';
    const cookie = request.headers.cookie ?? '';
    const form = new URLSearchParams(body);
    if (request.method === 'POST') posts.push({ path, cookie, form });
    const isSignedIn = cookie.includes('i_like_gogs=signed-in');
    response.setHeader('set-cookie', isSignedIn ? ['lang=en-US; Path=/'] : ['i_like_gogs=visitor; Path=/']);
    if (path === '/api/web/user/sign-in') {
      if (isOld) return response.writeHead(404).end();
      if (!body.includes('"Pw-ada"')) return response.writeHead(401).end('{}');
      return response.writeHead(200, { 'set-cookie': 'i_like_gogs=signed-in; Path=/; HttpOnly' }).end('{}');
    }
    if (path === '/user/login' && request.method === 'POST') {
      if (form.get('_csrf') !== 'c-1' || form.get('password') !== 'Pw-ada')
        return response.writeHead(200).end('again');
      return response.writeHead(302, { location: '/', 'set-cookie': 'i_like_gogs=signed-in; Path=/' }).end();
    }
    if (request.method === 'POST') return response.writeHead(302, { location: '/ada/x/pulls/3' }).end();
    response.end(isOld ? `<meta name="_csrf" content="${isSignedIn ? 'c-2' : 'c-1'}" />` : '<html>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { posts, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

for (const [what, isOld, csrf] of [
  ['main line', false, null],
  ['versions up to 0.14', true, 'c-2'],
] as const) {
  test(`${what}: signs in, and posts forms in the same session`, async (t) => {
    const { base, posts } = await openPages(t, isOld);
    const session = await openGogsSession(base, 'ada', 'Pw-ada');
    assert.equal(await session.post('ada/x/compare/main...eve:y', { title: 'T' }), '/ada/x/pulls/3');
    const last = posts.at(-1);
    assert.match(last?.cookie ?? '', /i_like_gogs=signed-in/);
    assert.deepEqual([last?.form.get('title'), last?.form.get('_csrf')], ['T', csrf]);
  });

  test(`${what}: a wrong password is said`, async (t) => {
    const { base } = await openPages(t, isOld);
    await assert.rejects(openGogsSession(base, 'ada', 'wrong'), /does not sign ada in/);
  });
}
