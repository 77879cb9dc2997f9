import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@sortie/sdk/client';
import { awaitBuild } from '@sortie/testing/await-build';
import { becomes } from '@sortie/testing/becomes';
import { openFakeBitbucket } from '@sortie/testing/fake-bitbucket';
import { FAKE_SERVICES, openFakeByHand } from '@sortie/testing/fake-by-hand';
import { openFork, sendForkPull } from '@sortie/testing/fake-fork';
import { startServerProcess } from '@sortie/testing/server-process';

const PIPELINE = `kind: pipeline
type: exec
name: default
clone: {disable: true}
steps:
  - name: hello
    commands:
      - echo hello
`;

/** Goes through the sign-in as a browser does, and returns a token of the server. */
async function signIn(url: string, name: string): Promise<string> {
  const begun = await fetch(`${url}/login/to/${name}`, { redirect: 'manual' });
  const there = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' });
  const cookie = pairs(begun);
  const back = await fetch(there.headers.get('location') ?? '', { redirect: 'manual', headers: { cookie } });
  assert.deepEqual([back.status, back.headers.get('location')], [303, '/']);
  return makeToken(url, pairs(back));
}

async function makeToken(url: string, cookie: string): Promise<string> {
  const made = await fetch(`${url}/api/user/token`, { method: 'POST', headers: { cookie } });
  return ((await made.json()) as { token: string }).token;
}

/** Whether a webhook was accepted; 202 when its build takes longer than the answer waits. */
function isTaken(status: number): boolean {
  return status === 200 || status === 202;
}

function pairs(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}

for (const name of FAKE_SERVICES.filter((known) => known !== 'gogs')) {
  test(`${name}: from the sign-in to a green build that the service is told of`, async (t) => {
    const fake = await openFakeByHand(name);
    t.after(() => fake.close());
    const server = await startServerProcess({
      env: { SORTIE_RUNNER_ENGINES: 'exec', DRONE_USER_CREATE: 'username:boss,admin:true', ...fake.settings },
    });
    t.after(() => server.dispose());
    const token = await signIn(server.url, name);
    const send = (method: string, path: string) =>
      fetch(`${server.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    const listed = async () => {
      const repos = (await (await send('GET', '/api/user/repos')).json()) as { slug: string }[];
      return repos.some(({ slug }) => slug === fake.slug);
    };
    await becomes(listed, true);
    const activated = await send('POST', `/api/repos/${fake.slug}`);
    assert.equal(activated.status, 200, await activated.text());
    assert.equal((await fake.push(PIPELINE)).map(isTaken).join(), 'true');
    const build = await awaitBuild(createClient({ baseUrl: server.url, token }), fake.slug, 1);
    assert.deepEqual([build.event, build.status, build.author_login], ['push', 'success', 'ada']);
    await becomes(
      () => /success/i.test(JSON.stringify(fake.statuses.at(-1))),
      true,
      () => server.output(),
    );
  });
}

test('bitbucket: a pull request from a fork is read, built and reported, and nothing of the fork is looked for elsewhere', async (t) => {
  const fake = await openFakeBitbucket();
  t.after(() => fake.close());
  const [base, fork] = ['acme/rocket', 'bob/rocket'];
  const server = await startServerProcess({
    env: {
      SORTIE_RUNNER_ENGINES: 'exec',
      SORTIE_BITBUCKET_SERVER: fake.url,
      DRONE_BITBUCKET_CLIENT_ID: 'client',
      DRONE_BITBUCKET_CLIENT_SECRET: 'secret',
    },
  });
  t.after(() => server.dispose());
  const token = await signIn(server.url, 'bitbucket');
  const authorization = `Bearer ${token}`;
  const ask = (method: string, path: string) =>
    fetch(`${server.url}${path}`, { method, headers: { authorization } });
  await becomes(async () => (await ask('GET', `/api/repos/${base}`)).status, 200);
  assert.equal((await ask('POST', `/api/repos/${base}`)).status, 200);
  const pull = openFork(fake.state, { base, fork }, { '.drone.yml': PIPELINE });
  assert.equal((await sendForkPull(fake, { base, fork }, pull)).map(isTaken).join(), 'true');
  const build = await awaitBuild(createClient({ baseUrl: server.url, token }), base, 1);
  assert.deepEqual(
    [build.event, build.status, build.after, build.ref, build.source_repo],
    ['pull_request', 'success', pull.after, 'refs/heads/gimbal', fork],
  );
  const isOfBuild = () => /SUCCESSFUL/.test(JSON.stringify(fake.state.statuses.at(-1)));
  await becomes(isOfBuild, true, () => server.output());
  assert.match(fake.state.statuses.at(-1)?.path ?? '', new RegExp(`/commit/${pull.after}/`));
  const reads = fake.calls.filter(({ method, path }) => method === 'GET' && path.includes(pull.after));
  assert.ok(reads.some(({ path }) => path.includes('/src/')));
  assert.deepEqual(
    reads.filter(({ path }) => !path.startsWith(`/2.0/repositories/${fork}/`)),
    [],
  );
});

test('two services on one server: each has its own people and repositories, also under one name', async (t) => {
  const fakes = [await openFakeByHand('gitea'), await openFakeByHand('gitlab')] as const;
  for (const fake of fakes) t.after(() => fake.close());
  const [first, second] = fakes;
  const env = { SORTIE_RUNNER_ENGINES: 'exec', ...first.settings, ...second.settings };
  const server = await startServerProcess({ env });
  t.after(() => server.dispose());
  const ask = (token: string, path: string, method = 'GET') =>
    fetch(`${server.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  const accounts: { readonly token: string; readonly slug: string; readonly login: string }[] = [];
  for (const name of ['gitea', 'gitlab']) {
    const token = await signIn(server.url, name);
    const slugs = async () =>
      ((await (await ask(token, '/api/user/repos')).json()) as { slug: string }[]).map(({ slug }) => slug);
    const slug = name === 'gitea' ? 'acme/rocket' : 'acme/rocket-2';
    await becomes(async () => (await slugs()).filter((known) => known.startsWith('acme/rocket')), [slug]);
    const { login } = (await (await ask(token, '/api/user')).json()) as { login: string };
    assert.equal((await ask(token, `/api/repos/${slug}`, 'POST')).status, 200);
    accounts.push({ token, slug, login });
  }
  const [ada, other] = accounts;
  assert.notEqual(ada?.login, other?.login);
  assert.equal((await ask(other?.token ?? '', `/api/repos/${ada?.slug}`)).status, 404);
  for (const [index, fake] of fakes.entries()) {
    const { token = '', slug = '' } = accounts[index] ?? {};
    assert.equal((await fake.push(PIPELINE)).map(isTaken).join(), 'true');
    const { status } = await awaitBuild(createClient({ baseUrl: server.url, token }), slug, 1);
    assert.equal(status, 'success');
    await becomes(
      () => /success/i.test(JSON.stringify(fake.statuses.at(-1))),
      true,
      () => server.output(),
    );
    // The service whose build it was not hears nothing of it.
    assert.doesNotMatch(JSON.stringify(fakes[1 - index]?.statuses), new RegExp(`/${slug}/1\\b`));
    assert.match(JSON.stringify(fake.statuses), new RegExp(`/${slug}/1\\b`));
  }
});
