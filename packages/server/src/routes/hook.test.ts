import assert from 'node:assert/strict';
import crypto, { createHmac } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createGithubDriver } from '@sortie/scm/github/driver';
import { openWire } from '@sortie/scm/wire';
import { signJwt } from '../auth/legacy-jwt.ts';
import { rotateRepoSigner } from '../services/repo-keys.ts';
import { finishDelivery } from '../store/deliveries.ts';
import { openHookWorld, PIPELINE, recordedBody, signedHeaders, toBytes } from './hook-world.fixture.ts';

const UNVERIFIED = { message: 'invalid signature or unknown repository' };

async function openWithCommit(t: Parameters<typeof openHookWorld>[0], options = {}) {
  const world = await openHookWorld(t, options);
  const { gogs } = world;
  const [fake] = gogs.state.repos;
  // The commit is there, its webhook is not.
  const hooks = fake?.hooks.splice(0) ?? [];
  const sha = gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } });
  fake?.hooks.push(...hooks);
  return { ...world, sha, push: world.pushOf(sha) };
}

test('[api POST /hook] [scm V1] [scm V6] [scm P7] the answer is the build; case and content type do not matter', async (t) => {
  const world = await openWithCommit(t);
  const bytes = toBytes(world.push);
  const { 'x-gogs-signature': signature = '' } = signedHeaders('push', bytes, world.signer);
  const headers = { 'x-gogs-signature': signature.toUpperCase(), 'content-type': undefined };
  const answer = await world.post('push', bytes, { headers });
  assert.equal(answer.statusCode, 200);
  const { number, after } = answer.json<{ number: number; after: string }>();
  assert.deepEqual([number, after], [1, world.sha]);
  assert.match(String(answer.headers['x-delivery-id']), /^\d+$/);
});

test('[scm V4] [scm V5] [scm V7] [scm V8] [scm V9] [scm V10] [scm V12] [scm V13] [scm V15] [scm X4] [scm X5] [scm X8] whatever is not signed as it should be gets one answer', async (t) => {
  const world = await openWithCommit(t);
  const other = await world.addHooked('other');
  const bytes = toBytes(JSON.stringify(world.push, null, 2));
  const right = signedHeaders('push', bytes, world.signer)['x-gogs-signature'] ?? '';
  const flipped = Buffer.from(bytes);
  flipped[20] = (flipped[20] ?? 0) ^ 1;
  const ofCompact = signedHeaders('push', toBytes(world.push), world.signer)['x-gogs-signature'];
  const signed = (signature: string | undefined) => ({ headers: { 'x-gogs-signature': signature } });
  const answers = [
    await world.post('push', flipped, signed(right)),
    await world.post('push', Buffer.concat([bytes, Buffer.from('\n')]), signed(right)),
    await world.post('push', JSON.stringify(world.push), signed(right)),
    await world.post('push', bytes, signed(ofCompact)),
    await world.post('push', bytes, signed(`sha256=${right}`)),
    await world.post('push', bytes, signed('')),
    await world.post('push', bytes, signed(undefined)),
    await world.post('push', { ...world.push, secret: world.signer }, signed(undefined)),
    await world.post('push', bytes, { ...signed(undefined), url: `/hook?secret=${world.signer}` }),
    await world.post('push', bytes, signed(right.slice(1))),
    await world.post('push', bytes, signed(`${right}0`)),
    await world.post('push', bytes, signed(right.slice(2))),
    await world.post('push', bytes, signed(`g${right.slice(1)}`)),
    await world.post('push', bytes, { secret: other.signer }),
    await world.post('push', { ...world.push, repository: { id: 987_654, full_name: 'no/body' } }),
    await world.post('push', bytes, {
      headers: { 'x-gogs-signature': 'f'.repeat(64), 'x-hub-signature-256': `sha256=${right}` },
    }),
  ];
  const [first] = answers;
  const plain = (headers: object) =>
    Object.keys(headers)
      .filter((name) => name !== 'x-request-id')
      .sort();
  for (const [index, answer] of answers.entries()) {
    assert.deepEqual([answer.statusCode, answer.json()], [400, UNVERIFIED], String(index));
    assert.deepEqual(plain(answer.headers), plain(first?.headers ?? {}), String(index));
  }
  assert.deepEqual(await world.builds(), []);
  assert.deepEqual(await world.deliveries(), []);
});

test('[scm X8] an unknown repository takes as much work as a wrong signature', async (t) => {
  const world = await openWithCommit(t);
  const hmacs = t.mock.method(crypto, 'createHmac');
  const opened = t.mock.method(crypto, 'createDecipheriv');
  syncBuiltinESMExports();
  t.after(() => {
    for (const mocked of [hmacs, opened]) mocked.mock.restore();
    syncBuiltinESMExports();
  });
  const workOf = async (repository: object) => {
    const bytes = toBytes({ ...world.push, repository });
    const headers = { 'x-gogs-signature': 'f'.repeat(64) };
    for (const mocked of [hmacs, opened]) mocked.mock.resetCalls();
    assert.equal((await world.post('push', bytes, { headers })).statusCode, 400);
    return [hmacs.mock.callCount(), opened.mock.callCount()];
  };
  const known = await workOf(world.push.repository as object);
  assert.ok(known.every((count) => count > 0));
  assert.deepEqual(await workOf({ id: 987_654, full_name: 'no/body' }), known);
});

test('[scm V11] [scm V16] [scm P14] [scm X3] [scm X5] repeated headers, and those of a service that is not connected', async (t) => {
  const world = await openWithCommit(t);
  const bytes = toBytes(world.push);
  const right = signedHeaders('push', bytes, world.signer)['x-gogs-signature'] ?? '';
  const cases: Readonly<Record<string, string | readonly string[] | undefined>>[] = [
    { 'x-gogs-signature': `${right}, ${'0'.repeat(64)}` },
    { 'x-gogs-event': 'push,create' },
    { 'x-gogs-event': '' },
    { 'x-gogs-event': 'x'.repeat(10_000) },
    { 'x-gogs-event': undefined, 'x-github-event': undefined },
    { 'x-gogs-event': undefined, 'x-hub-signature-256': `sha256=${right}` },
    { 'x-gogs-event': undefined, 'x-gitlab-event': 'Pipeline Hook' },
  ];
  for (const headers of cases) {
    const answer = await world.post('push', bytes, { headers });
    assert.equal(answer.statusCode, 400, JSON.stringify(headers).slice(0, 80));
    assert.deepEqual(Object.keys(answer.json<object>()), ['message']);
  }
  // Before any of the two is compared.
  const twice = { 'x-gogs-signature': `${right}, ${right}` };
  assert.match((await world.post('push', bytes, { headers: twice })).body, /a header is repeated/);
  assert.deepEqual(await world.builds(), []);
});

test('[scm V16] a Gogs webhook at a server of GitHub is refused', async (t) => {
  const { wire, close } = openWire();
  t.after(async () => close());
  const oauth = { clientId: 'id', clientSecret: 'secret', scope: '' };
  const world = await openHookWorld(t, {
    driver: (gogs) => createGithubDriver({ server: gogs.url, wire, oauth }),
  });
  // The world calls its service Gogs, so only the driver decides here.
  const answer = await world.post('push', world.pushOf('a'.repeat(40)), {
    headers: { 'x-github-event': undefined },
  });
  assert.equal(answer.statusCode, 400);
});

test('[scm X1] [scm V14] an empty secret verifies nothing', async (t) => {
  const world = await openWithCommit(t);
  await world.db.updateTable('repos').set({ signer_sealed: '' }).execute();
  for (const secret of ['', world.signer]) {
    const answer = await world.post('push', world.push, { secret });
    assert.deepEqual([answer.statusCode, answer.json()], [400, UNVERIFIED]);
  }
});

test('[scm X1] the secret of a proxy is accepted where the settings have one', async (t) => {
  const world = await openWithCommit(t, { env: { DRONE_FEATURE_SERVER_PROXY_SECRET: 'of the proxy' } });
  const answer = await world.post('push', world.push, { secret: 'of the proxy' });
  assert.equal(answer.statusCode, 200);
});

test('[scm H6] after a rotation the secret before is accepted for its time', async (t) => {
  const world = await openWithCommit(t);
  await rotateRepoSigner(world, world.repo.id, world.now() + 600);
  assert.equal((await world.post('push', world.push)).statusCode, 200);
  world.advance(601_000);
  assert.equal((await world.post('push', world.push)).statusCode, 400);
});

test('[scm V20] [scm X6] [ledger 37] the same delivery again has the first result and builds nothing', async (t) => {
  const world = await openWithCommit(t);
  const headers = { 'x-gogs-delivery': 'd-1' };
  const first = await world.post('push', world.push, { headers });
  const again = await world.post('push', world.push, { headers });
  assert.deepEqual(again.json(), first.json());
  assert.equal(again.headers['x-delivery-id'], first.headers['x-delivery-id']);
  assert.equal((await world.builds()).length, 1);
  world.advance(6 * 86_400_000);
  assert.deepEqual((await world.post('push', world.push, { headers })).json(), first.json());
  world.advance(2 * 86_400_000);
  assert.equal((await world.post('push', world.push, { headers })).json<{ number: number }>().number, 2);
});

test('[scm V20] two at once under one id make one build', async (t) => {
  const world = await openWithCommit(t);
  const headers = { 'x-gogs-delivery': 'd-1' };
  const answers = await Promise.all([1, 2, 3].map(() => world.post('push', world.push, { headers })));
  for (const { statusCode } of answers) assert.ok([200, 202].includes(statusCode));
  assert.equal((await world.builds()).length, 1);
  assert.equal((await world.deliveries()).length, 1);
});

test('[scm V21] a delivery that failed here is processed when it comes again', async (t) => {
  const world = await openWithCommit(t);
  const headers = { 'x-gogs-delivery': 'd-1' };
  const first = await world.post('push', { ...world.push, ref: 'refs/notes/x' }, { headers });
  const id = Number(first.headers['x-delivery-id']);
  await finishDelivery(world.db, id, {
    ...{ verdict: 'failed', reason: 'internal', message: 'x', buildId: 0, finished: 1 },
  });
  const again = await world.post('push', { ...world.push, ref: 'refs/notes/x' }, { headers });
  assert.equal(again.statusCode, 200);
  assert.equal((await world.deliveries())[0]?.verdict, 'ignored');
});

test('[scm V22] [scm X6] the same body under new ids builds thirty times in a minute', async (t) => {
  const world = await openWithCommit(t, { app: { hookWaitMs: 0 } });
  const statuses: number[] = [];
  for (let count = 0; count < 40; count += 1) {
    statuses.push((await world.post('push', world.push)).statusCode);
  }
  assert.deepEqual([statuses.indexOf(429), statuses.filter((status) => status === 429).length], [30, 10]);
  const refused = await world.post('push', world.push);
  assert.match(String(refused.headers['retry-after']), /^\d+$/);
  world.advance(61_000);
  assert.equal((await world.post('push', world.push)).statusCode, 202);
});

test('[scm V23] [scm X7] a signed body under the name of another event is refused', async (t) => {
  const world = await openWithCommit(t);
  for (const event of ['create', 'delete', 'pull_request', 'release']) {
    assert.equal((await world.post(event, world.push)).statusCode, 400, event);
  }
  assert.deepEqual(await world.deliveries(), []);
});

test('[scm P8] [scm X11] ten mebibytes are read, one byte more is refused; [scm P10] compressed bodies are too', async (t) => {
  const world = await openWithCommit(t);
  const limit = 10 * 1024 * 1024;
  const text = JSON.stringify(world.push);
  const full = Buffer.concat([Buffer.from(text), Buffer.alloc(limit - text.length, ' ')]);
  assert.equal((await world.post('push', full)).statusCode, 200);
  const over = await world.post('push', Buffer.concat([full, Buffer.from(' ')]));
  assert.deepEqual([over.statusCode, over.json()], [413, { message: 'the body is larger than 10 MiB' }]);
  const unread = await world.post('wiki', Buffer.concat([full, Buffer.from(' ')]));
  assert.equal(unread.statusCode, 413, 'whatever its event');
  const packed = await world.post('push', text, { headers: { 'content-encoding': 'gzip' } });
  assert.equal(packed.statusCode, 415);
});

test('[scm P9] who does not send the whole body is cut off', async (t) => {
  const world = await openWithCommit(t, { app: { hookBodyMs: 1_000 } });
  const { port } = new URL(world.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    'POST /hook HTTP/1.1\r\nhost: localhost\r\nx-gogs-event: push\r\ncontent-length: 100\r\n\r\n{',
  );
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.on('error', () => undefined);
    socket.resume();
  });
  assert.equal((await world.post('push', world.push)).statusCode, 200);
});

test('other methods are told so', async (t) => {
  const world = await openHookWorld(t);
  for (const method of ['GET', 'PUT', 'DELETE'] as const) {
    const answer = await world.app.inject({ method, url: '/hook' });
    assert.equal(answer.statusCode, 405, method);
    assert.equal(answer.headers.allow, 'POST');
  }
});

test('an answer does not wait for ever for its build: the delivery is named and gets its verdict later', async (t) => {
  const gate = Promise.withResolvers<void>();
  const slow = {
    findCommit: async () => undefined,
    async commitWithFile() {
      await gate.promise;
      return undefined;
    },
  };
  const world = await openWithCommit(t, { app: { hookWaitMs: 1, sourceOf: () => slow } });
  const answer = await world.post('push', world.push);
  const id = Number(answer.headers['x-delivery-id']);
  assert.deepEqual([answer.statusCode, answer.json()], [202, { accepted: true, id }]);
  const [open] = await world.deliveries();
  assert.equal(open?.verdict, 'received');
  gate.resolve();
});

test('reasons are told; with SORTIE_HOOK_NULL a skipped build is null, as from Drone', async (t) => {
  const world = await openWithCommit(t);
  const skipping = { ...world.push, commits: [{ id: world.sha, message: '[ci skip]' }] };
  assert.deepEqual((await world.post('push', skipping)).json(), {
    skipped: 'the commit message asks for none',
    code: 'skip-directive',
  });
  assert.deepEqual(
    (await world.post('push', { ...world.push, ref: 'refs/ci/x' })).json<object>().constructor,
    Object,
  );
  assert.ok('ignored' in (await world.post('wiki', {})).json<object>());
  const old = await openWithCommit(t, { env: { SORTIE_HOOK_NULL: 'true' } });
  const again = { ...old.push, commits: [{ id: old.sha, message: '[ci skip]' }] };
  assert.equal((await old.post('push', again)).body, 'null\n');
});

test('a repository that the settings leave out builds nothing', async (t) => {
  const world = await openWithCommit(t, { env: { DRONE_REPOSITORY_IGNORE: 'eve/*,ada/d*' } });
  const answer = await world.post('push', world.push);
  assert.match(answer.json<{ ignored: string }>().ignored, /settings of the server/);
  assert.deepEqual(await world.builds(), []);
});

test('[scm X9] [scm X10] logs hold no query, and the dump of webhooks no signature', async (t) => {
  const lines: string[] = [];
  const keep = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }));
  const log = { error: keep, debug: keep, info: keep };
  const env = { DRONE_DEBUG_DUMP_HOOK: 'true' };
  const world = await openWithCommit(t, { env, app: { log } });
  const secrets = { authorization: 'Bearer s3cr3t', 'x-gitlab-token': 's3cr3t', cookie: 'a=s3cr3t' };
  const headers = { ...secrets, 'x-gogs-signature': 's3cr3t' };
  const body = { ...world.push, secret: 's3cr3t' };
  await world.post('push', body, { url: '/hook?secret=s3cr3t&token=s3cr3t', headers });
  await world.post('push', world.push, { headers: secrets });
  const text = lines.join('\n');
  assert.match(text, /"x-gogs-signature":"\(hidden\)"/);
  assert.match(text, /refs\/heads\/main/);
  assert.doesNotMatch(text, /s3cr3t/);
  const [stored] = await world.deliveries();
  assert.doesNotMatch(JSON.stringify(stored), /s3cr3t/);
  assert.equal(stored?.headers['x-gogs-event'], 'push');
});

test('[scm V9] a Gogs that is too old to sign is named in the log, and nowhere else', async (t) => {
  const reasons: unknown[] = [];
  const log = {
    error: () => undefined,
    debug: () => undefined,
    info: ({ reason }: Readonly<Record<string, unknown>>) => void reasons.push(reason),
  };
  const world = await openWithCommit(t, { app: { log } });
  const body = { ...world.push, secret: world.signer };
  const answer = await world.post('push', body, { headers: { 'x-gogs-signature': undefined } });
  assert.deepEqual([answer.statusCode, answer.json()], [400, UNVERIFIED]);
  assert.deepEqual(reasons, ['Gogs too old: no signature']);
});

test('[scm X11] [scm P11] deep nesting is refused at once', async (t) => {
  const world = await openWithCommit(t);
  const good = JSON.stringify(world.push).slice(0, -1);
  const deep = await world.post('push', `${good},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
  assert.deepEqual([deep.statusCode, deep.json()], [400, { message: 'the body is nested too deeply' }]);
  const many = { ...world.push, commits: Array.from({ length: 10_001 }, () => ({ id: world.sha })) };
  assert.equal((await world.post('push', many)).statusCode, 400);
});

test('[scm X35] [scm X36] [scm P35] [scm P36] control characters do not get into builds', async (t) => {
  const world = await openWithCommit(t);
  const message = 'Title\u001b[31m\u0000\nDRONE_X=1';
  const author = { name: 'Ada\n\u001bDRONE_Y=1', email: 'a\u0000@b', username: 'a\rda' };
  await world.post('push', { ...world.push, commits: [{ id: world.sha, message, author }] });
  const [build] = await world.builds();
  assert.equal(build?.message, 'Title[31m\nDRONE_X=1');
  assert.doesNotMatch(`${build?.authorName}${build?.authorEmail}${build?.authorLogin}`, /\p{Cc}/u);
});

test('[scm P38] an unverified body changes nothing of the repository', async (t) => {
  const world = await openWithCommit(t);
  const before = await world.db.selectFrom('repos').selectAll().execute();
  const repository = {
    ...(world.push.repository as object),
    private: true,
    mirror: true,
    full_name: 'eve/evil',
  };
  await world.post('push', { ...world.push, repository }, { secret: 'wrong' });
  assert.deepEqual(await world.db.selectFrom('repos').selectAll().execute(), before);
});

test('a token of 0.5 in the address takes the place of a signature, and a wrong one is refused', async (t) => {
  const world = await openWithCommit(t);
  const tokenOf = (text: string, key: string) => signJwt({ type: 'hook', text }, key);
  const unsigned = { 'x-gogs-signature': undefined };
  const send = (token: string) =>
    world.post('push', world.push, { url: `/hook?access_token=${token}`, headers: unsigned });
  assert.equal((await send(tokenOf('ada/other', world.signer))).statusCode, 400);
  assert.equal((await send(tokenOf('ada/demo', 'another key'))).statusCode, 400);
  assert.equal((await send('x.y.z')).statusCode, 400);
  assert.equal((await send(tokenOf('ada/demo', world.signer))).statusCode, 200);
});

test('recorded webhooks of a real Gogs are taken', async (t) => {
  const world = await openHookWorld(t);
  for (const [event, name] of [
    ['push', 'push-1-commit'],
    ['pull_request', 'pr-assign'],
    ['issues', 'issue-open'],
    ['fork', 'fork'],
  ] as const) {
    const body = recordedBody(name);
    const repository = { ...(body.repository as object), id: Number(world.repo.uid), full_name: 'ada/demo' };
    const payload = toBytes({ ...body, repository });
    const signature = createHmac('sha256', world.signer).update(payload).digest('hex');
    const answer = await world.post(event, payload, { headers: { 'x-gogs-signature': signature } });
    assert.equal(answer.statusCode, 200, name);
  }
});
