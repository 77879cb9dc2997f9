import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type Client, createClient } from '@sortie/sdk/client';
import { awaitBuild, logOf } from '@sortie/testing/await-build';
import { becomes } from '@sortie/testing/becomes';
import { openFakeByHand } from '@sortie/testing/fake-by-hand';
import { type FakeGogs, startFakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';
import { type LoopClient, openLoopClient } from '@sortie/testing/gogs-loop/open-loop-client';
import { type ServerProcess, startServerProcess } from '@sortie/testing/server-process';

const SLUG = 'grace/rocket';
const GRACE = { login: 'grace', password: 'Pw-grace' };
const PIPELINE = `kind: pipeline
type: exec
name: default
steps:
  - name: look
    commands:
      - 'echo "injected: [$INJECTED]"'
      - cat README.md
`;

describe('what a Git service sends, followed to the steps of real builds', () => {
  let gogs: FakeGogs;
  let server: ServerProcess;
  let grace: LoopClient;
  let client: Client;

  before(async () => {
    gogs = await startFakeGogs();
    for (const login of ['grace', 'eve']) gogs.addUser(login);
    gogs.addRepo(SLUG);
    server = await startServerProcess({
      env: { SORTIE_RUNNER_ENGINES: 'exec', DRONE_GOGS_SERVER: gogs.url },
    });
    grace = await openLoopClient(server.url, GRACE);
    client = createClient({ baseUrl: server.url, token: grace.token });
    await becomes(() => grace.status('GET', `/api/repos/${SLUG}`), 200);
    await grace.call('POST', `/api/repos/${SLUG}`);
  });
  after(async () => {
    await server?.dispose();
    await gogs?.close();
  });

  const logOfBuild = async (number: number): Promise<string> => {
    const build = await awaitBuild(client, SLUG, number);
    assert.equal(build.status, 'success', JSON.stringify(build));
    return logOf(client, SLUG, build, 'look');
  };

  const genuinePush = () => gogs.deliveries.find(({ event }) => event === 'push');

  /** Signed as Gogs signs. The status is 202 when the build takes longer than the answer waits. */
  const send = async (body: string): Promise<number> => {
    const secret = gogs.state.repos.find(({ slug }) => slug === SLUG)?.hooks[0]?.secret ?? '';
    const headers = {
      'x-gogs-event': 'push',
      'x-gogs-delivery': randomUUID(),
      'x-gogs-signature': createHmac('sha256', secret).update(body).digest('hex'),
    };
    const answer = await fetch(`${server.url}/hook`, { method: 'POST', headers, body });
    await answer.text();
    return answer.status;
  };

  it('[scm X36] a message with a line like a variable sets none', async () => {
    const files = { '.drone.yml': PIPELINE, 'README.md': 'of grace\n' };
    gogs.push(SLUG, { files, message: 'Title\nINJECTED=1\n' });
    assert.match(await logOfBuild(1), /^injected: \[\]$[\s\S]*of grace/m);
    // What no commit can hold, a payload can: left in, it would end the variable, or the step.
    const body = (genuinePush()?.body ?? '').replaceAll('INJECTED=1', '\\u0000INJECTED=1\\u0000');
    assert.match(body, /\\u0000INJECTED=1/);
    assert.ok([200, 202].includes(await send(body)));
    assert.match(await logOfBuild(2), /^injected: \[\]$[\s\S]*of grace/m);
  });

  it('[scm X19] a signed payload with addresses elsewhere is cloned from the service, and nobody else is called', async (t) => {
    const calls: string[] = [];
    const elsewhere = createServer((request, response) => {
      calls.push(request.url ?? '');
      response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    t.after(() => void elsewhere.close());
    await once(elsewhere, 'listening');
    const evil = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    const genuine = genuinePush();
    const body = (genuine?.body ?? '').replaceAll(gogs.url, evil);
    assert.notEqual(body, genuine?.body);
    assert.ok([200, 202].includes(await send(body)));
    assert.match(await logOfBuild(3), /of grace/);
    assert.deepEqual(calls, []);
  });

  it('[scm X23] a fork of a public repository runs only when it was approved', async () => {
    gogs.fork(SLUG, 'eve');
    gogs.push('eve/rocket', { branch: 'topic', files: { 'README.md': 'of eve\n' } });
    gogs.openPull(SLUG, { from: 'eve/rocket', head: 'topic', by: 'eve' });
    await gogs.settled();
    const held = await awaitBuild(client, SLUG, 4, () => true);
    const [stage] = (await client.builds.get(SLUG, held.number)).stages ?? [];
    assert.equal(stage?.status, 'blocked');
    await grace.call('POST', `/api/repos/${SLUG}/builds/4/approve`);
    assert.match(await logOfBuild(4), /of eve/);
  });

  it('[scm X16] a password in the address signs nobody in, and the server writes it nowhere', async () => {
    const query = new URLSearchParams({ username: GRACE.login, password: GRACE.password });
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(`${server.url}/login?${query}`, { method, redirect: 'manual' });
      assert.equal(
        answer.headers.getSetCookie().some((line) => /^_session_=(?!deleted)/.test(line)),
        false,
      );
    }
    const elsewhere = { origin: 'https://evil.test', 'content-type': 'application/x-www-form-urlencoded' };
    const forged = await fetch(`${server.url}/login`, { method: 'POST', headers: elsewhere, body: query });
    assert.deepEqual(forged.headers.getSetCookie(), []);
    assert.doesNotMatch(server.output(), /Pw-grace/);
  });
});

it('[scm X13] a sign-in with Bitbucket Server that was begun in another browser ends in none', async (t) => {
  const fake = await openFakeByHand('stash');
  t.after(() => fake.close());
  const server = await startServerProcess({ env: fake.settings });
  t.after(() => server.dispose());
  const begun = await fetch(`${server.url}/login/to/stash`, { redirect: 'manual' });
  const there = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' });
  const back = there.headers.get('location') ?? '';
  const visit = async (cookie: string) => {
    const answer = await fetch(back, { redirect: 'manual', headers: { cookie } });
    return [answer.headers.get('location'), answer.headers.getSetCookie().join().includes('_session_=')];
  };
  const [location, isIn] = await visit('');
  assert.match(String(location), /^\/login\/error\?/);
  assert.equal(isIn, false);
  const own = begun.headers.getSetCookie().map((line) => line.split(';')[0]);
  assert.deepEqual(await visit(own.join('; ')), ['/', true]);
});
