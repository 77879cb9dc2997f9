import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireRepoHealth } from '@sortie/contract/repo-health';
import type { Route } from '@sortie/contract/route';
import { ROUTES as ALL_ROUTES } from '@sortie/contract/routes';
import type { AccessRule } from '@sortie/core/access';
import { becomes } from '@sortie/testing/becomes';
import { DEMO, openPermissionWorld } from './permission-world.fixture.ts';

const ROUTES: readonly Route[] = ALL_ROUTES;
const NOT_FOUND = [404, 'not-found'];
const OUT = [503, 'service-unavailable'];
const ALL = { read: true, write: true, admin: true };

test('[scm S8] readers look on, writers start builds, administrators change settings', async (t) => {
  const { world, gogs, bob, send } = await openPermissionWorld(t);
  gogs.push('ada/demo', { files: { '.drone.yml': 'kind: pipeline\nname: default\nsteps: []\n' } });
  const tries = async () => [
    await send(bob, 'GET', DEMO),
    await send(bob, 'POST', `${DEMO}/cron`, {}),
    await send(bob, 'PATCH', DEMO, { protected: true }),
  ];
  assert.deepEqual(await tries(), [NOT_FOUND, NOT_FOUND, NOT_FOUND]);
  const invalid = [400, 'cron-invalid'];
  for (const [mode, wanted] of [
    ['read', [200, NOT_FOUND, NOT_FOUND]],
    ['write', [200, invalid, NOT_FOUND]],
    ['admin', [200, invalid, 200]],
  ] as const) {
    gogs.setMode('ada/demo', 'bob', mode);
    world.advance(61_000);
    assert.deepEqual(await tries(), wanted, mode);
  }
});

test('a new collaborator sees the repository without a synchronisation, and a stranger costs one question', async (t) => {
  const { gogs, bob, send, row, asked, wait } = await openPermissionWorld(t);
  asked();
  assert.deepEqual(await send(bob, 'GET', DEMO), NOT_FOUND);
  assert.equal(asked(), 1);
  assert.deepEqual(await send(bob, 'GET', DEMO), NOT_FOUND);
  assert.equal(asked(), 0);
  gogs.setMode('ada/demo', 'bob', 'write');
  wait(31);
  assert.equal(await send(bob, 'GET', DEMO), 200);
  assert.deepEqual({ ...(await row(bob)), synced: 0 }, { read: true, write: true, admin: false, synced: 0 });
});

test('[scm S4] a removed collaborator is out after an hour, and at once where something would change', async (t) => {
  const { gogs, bob, send, row, wait } = await openPermissionWorld(t);
  gogs.setMode('ada/demo', 'bob', 'admin');
  assert.equal(await send(bob, 'GET', DEMO), 200);
  gogs.setMode('ada/demo', 'bob');
  wait(2000);
  assert.equal(await send(bob, 'GET', DEMO), 200, 'what is known is good for an hour');
  wait(1601);
  assert.deepEqual(await send(bob, 'GET', DEMO), NOT_FOUND);
  assert.equal(await row(bob), undefined);
});

for (const [what, method, path] of [
  ['activating', 'POST', DEMO],
  ['taking over', 'POST', `${DEMO}/chown`],
  ['repairing', 'POST', `${DEMO}/repair`],
  ['removing', 'DELETE', `${DEMO}?remove=true`],
  ['changing settings', 'PATCH', DEMO],
  ['reading secrets', 'GET', `${DEMO}/secrets`],
  ['making secrets', 'POST', `${DEMO}/secrets`],
  ['approving', 'POST', `${DEMO}/builds/1/approve/1`],
  ['restarting', 'POST', `${DEMO}/builds/1`],
  ['encrypting', 'POST', `${DEMO}/encrypt`],
] as const) {
  test(`[scm X27] [scm S4] ${what} asks the service when the answer is older than a minute`, async (t) => {
    const { gogs, bob, send, row, asked, wait } = await openPermissionWorld(t);
    gogs.setMode('ada/demo', 'bob', 'admin');
    assert.equal(await send(bob, 'GET', DEMO), 200);
    gogs.setMode('ada/demo', 'bob');
    wait(61);
    asked();
    assert.deepEqual(await send(bob, method, path, {}), NOT_FOUND);
    assert.equal(asked(), 1);
    assert.equal(await row(bob), undefined);
  });
}

test('[scm X27] the 0.5 API asks as well', async (t) => {
  const { gogs, bob, send, inject, wait } = await openPermissionWorld(t);
  gogs.setMode('ada/demo', 'bob', 'admin');
  assert.equal(await send(bob, 'GET', DEMO), 200);
  gogs.setMode('ada/demo', 'bob', 'read');
  wait(61);
  const answer = await inject(bob, 'POST', '/v0/api/repos/ada/demo');
  assert.deepEqual([answer.statusCode, answer.body], [403, 'User is no administrator of the repository']);
});

test('within a minute the service is not asked twice, and twenty requests at once ask it once', async (t) => {
  const { ada, send, asked, wait } = await openPermissionWorld(t);
  asked();
  assert.equal(await send(ada, 'PATCH', DEMO, {}), 200);
  assert.equal(asked(), 0);
  wait(61);
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(ada, 'PATCH', DEMO, {})));
  assert.ok(answers.every((answer) => answer === 200));
  assert.equal(asked(), 1);
});

test('a row of more than 45 minutes is compared while its owner is served', async (t) => {
  const { gogs, bob, send, row, wait } = await openPermissionWorld(t);
  gogs.setMode('ada/demo', 'bob', 'read');
  assert.equal(await send(bob, 'GET', DEMO), 200);
  gogs.setMode('ada/demo', 'bob');
  wait(2701);
  assert.equal(await send(bob, 'GET', DEMO), 200);
  await becomes(() => row(bob), undefined);
});

test('[scm S11] [ledger 16] while the service is out, a row of the last day shows and changes nothing', async (t) => {
  const { gogs, ada, send, inject, row, wait } = await openPermissionWorld(t);
  gogs.traps.htmlStatus = 502;
  wait(7200);
  const shown = await inject(ada, 'GET', DEMO);
  assert.equal(shown.statusCode, 200);
  assert.deepEqual(shown.json<{ permissions: object }>().permissions, {
    read: true,
    write: false,
    admin: false,
  });
  assert.deepEqual(await send(ada, 'POST', `${DEMO}/cron`, {}), OUT);
  assert.deepEqual(await send(ada, 'PATCH', DEMO, {}), OUT);
  assert.deepEqual({ ...(await row(ada)), synced: 0 }, { ...ALL, synced: 0 });
  wait(80_000);
  assert.deepEqual(await send(ada, 'GET', DEMO), OUT, 'a day is over');
  gogs.traps.htmlStatus = undefined;
  wait(16);
  assert.equal(await send(ada, 'GET', DEMO), 200);
  assert.equal(await send(ada, 'PATCH', DEMO, {}), 200);
});

const LOOKS = ['health', 'deliveries', 'cron'].map((path) => `${DEMO}/${path}`);

test('[scm S11] while the service is out, whoever could repair the repository sees what is wrong and changes nothing', async (t) => {
  const { gogs, ada, send, inject, wait } = await openPermissionWorld(t);
  assert.equal(await send(ada, 'POST', DEMO), 200);
  gogs.traps.htmlStatus = 502;
  for (const seconds of [61, 3600]) {
    wait(seconds);
    for (const path of LOOKS) assert.equal(await send(ada, 'GET', path), 200, `${path} after ${seconds}`);
    const health = (await inject(ada, 'GET', `${DEMO}/health?check=true`)).json<WireRepoHealth>();
    const check = health.checks.find(({ name }) => name === 'service');
    assert.equal(check?.state, 'fail');
    assert.deepEqual(await send(ada, 'POST', `${DEMO}/repair`), OUT);
    assert.deepEqual(await send(ada, 'POST', `${DEMO}/reconcile`, {}), OUT);
    assert.deepEqual(await send(ada, 'GET', `${DEMO}/secrets`), OUT, 'what secrets there are is no help');
  }
  wait(83_000);
  for (const path of LOOKS) assert.deepEqual(await send(ada, 'GET', path), OUT, 'a day is over');
});

for (const isPrivate of [true, false]) {
  const kind = isPrivate ? 'private' : 'public';
  test(`[scm S11] whose right was taken away before sees no health of a ${kind} repository in an outage`, async (t) => {
    const { gogs, bob, ada, send, wait } = await openPermissionWorld(t, { isPrivate });
    gogs.setMode('ada/demo', 'bob', 'admin');
    for (const path of LOOKS) assert.equal(await send(bob, 'GET', path), 200);
    gogs.setMode('ada/demo', 'bob', 'read');
    wait(61);
    assert.deepEqual(await send(bob, 'PATCH', DEMO, {}), NOT_FOUND);
    gogs.traps.htmlStatus = 502;
    for (const seconds of [0, 3700]) {
      wait(seconds);
      for (const path of LOOKS) assert.deepEqual(await send(bob, 'GET', path), NOT_FOUND, path);
    }
    wait(90_000);
    for (const path of LOOKS)
      assert.deepEqual(await send(ada, 'GET', path), OUT, 'what is old opens nothing');
  });
}

test('[scm S4] a writer who was removed sees no health after an hour, while the service answers', async (t) => {
  const { gogs, bob, send, wait } = await openPermissionWorld(t);
  gogs.setMode('ada/demo', 'bob', 'write');
  assert.equal(await send(bob, 'GET', `${DEMO}/health`), 200);
  gogs.setMode('ada/demo', 'bob');
  wait(3601);
  assert.deepEqual(await send(bob, 'GET', `${DEMO}/health`), NOT_FOUND);
});

test('what is for writers and administrators to look at is marked so, but for secrets', () => {
  const isGuarded = (access: AccessRule) => access === 'repo:write' || access === 'repo:admin';
  const strict = ROUTES.filter(({ method, access }) => method === 'GET' && isGuarded(access));
  const fresh = strict.filter(({ onlyLooks }) => onlyLooks !== true).map(({ id }) => id);
  assert.deepEqual(fresh.toSorted(), ['getRepoSecret', 'listRepoSecrets']);
  assert.deepEqual(
    ROUTES.filter(({ method, onlyLooks }) => method !== 'GET' && onlyLooks === true),
    [],
  );
});

test('[scm S11] what is public stays so while the service is out', async (t) => {
  const { gogs, ada, bob, send, wait } = await openPermissionWorld(t, { isPrivate: false });
  gogs.traps.htmlStatus = 500;
  wait(90_000);
  assert.equal(await send(undefined, 'GET', DEMO), 200);
  assert.equal(await send(bob, 'GET', DEMO), 200);
  assert.equal(await send(ada, 'GET', DEMO), 200);
  assert.deepEqual(await send(ada, 'PATCH', DEMO, {}), OUT);
  assert.deepEqual(await send(bob, 'PATCH', DEMO, {}), OUT);
});

test('[scm A25] a dead token asks its owner to sign in again and lowers nothing', async (t) => {
  const { world, gogs, ada, inject, row, wait, send } = await openPermissionWorld(t);
  gogs.revokeTokens('ada');
  wait(3601);
  const answer = await inject(ada, 'GET', DEMO);
  assert.deepEqual(
    [answer.statusCode, answer.json<{ error_code: string }>().error_code],
    [409, 'service-token'],
  );
  assert.match(answer.json<{ hint: string }>().hint, /ada must sign in with Gogs again/);
  assert.deepEqual({ ...(await row(ada)), synced: 0 }, { ...ALL, synced: 0 });
  await world.setToken(ada, { access: gogs.addToken('ada') });
  assert.equal(await send(ada, 'GET', DEMO), 200);
});

test('[scm A25] a dead token counts as anonymous for Gogs, which lowers no right to a public repository', async (t) => {
  const { gogs, ada, send, row, wait } = await openPermissionWorld(t, { isPrivate: false });
  gogs.revokeTokens('ada');
  wait(61);
  assert.deepEqual(await send(ada, 'PATCH', DEMO, {}), [409, 'service-token']);
  assert.deepEqual({ ...(await row(ada)), synced: 0 }, { ...ALL, synced: 0 });
  wait(3600);
  assert.equal(await send(ada, 'GET', DEMO), 200);
});

test('nobody without a row learns from an error that there is a private repository', async (t) => {
  const { gogs, bob, send } = await openPermissionWorld(t);
  gogs.traps.htmlStatus = 502;
  assert.deepEqual(await send(bob, 'GET', DEMO), NOT_FOUND);
  assert.deepEqual(await send(bob, 'PATCH', DEMO, {}), NOT_FOUND);
  gogs.traps.htmlStatus = undefined;
  gogs.revokeTokens('bob');
  assert.deepEqual(await send(bob, 'GET', DEMO), NOT_FOUND);
});

test('an unknown repository is asked for as a hidden one is, so that the time of the answer tells nothing', async (t) => {
  const { bob, send, asked } = await openPermissionWorld(t);
  asked('ada/unknown');
  for (const count of [1, 0]) {
    assert.deepEqual(await send(bob, 'GET', '/api/repos/ada/unknown'), NOT_FOUND);
    assert.equal(asked('ada/unknown'), count);
  }
});

test('strangers to a public repository get no row of their own', async (t) => {
  const { bob, send, row, asked } = await openPermissionWorld(t, { isPrivate: false });
  asked();
  assert.equal(await send(bob, 'GET', DEMO), 200);
  assert.equal(asked(), 0, 'what everybody may see needs no question');
  assert.deepEqual(await send(bob, 'PATCH', DEMO, {}), NOT_FOUND);
  assert.equal(await row(bob), undefined);
});

test('[scm X31] whoever makes a repository under the old name of another one gets no right to that one', async (t) => {
  const { gogs, bob, ada, send, repo, row, wait } = await openPermissionWorld(t);
  gogs.setMode('ada/demo', 'bob', 'read');
  assert.equal(await send(bob, 'GET', DEMO), 200);
  gogs.setMode('ada/demo', 'bob');
  gogs.rename('ada/demo', 'ada/secret');
  gogs.addRepo('ada/demo', { isPrivate: true, modes: { bob: 'admin' } });
  wait(61);
  assert.deepEqual(await send(bob, 'PATCH', DEMO, {}), NOT_FOUND);
  assert.equal(await row(bob), undefined);
  const before = await repo();
  assert.equal(await send(ada, 'POST', '/api/user/repos'), 200);
  assert.equal((await repo('ada/secret')).id, before.id);
  assert.notEqual((await repo()).uid, before.uid);
});

test('a repository that was renamed is found again without anybody asking for it', async (t) => {
  const { gogs, ada, send, repo, wait } = await openPermissionWorld(t);
  const { id } = await repo();
  gogs.rename('ada/demo', 'ada/renamed');
  wait(61);
  assert.deepEqual(await send(ada, 'PATCH', DEMO, {}), NOT_FOUND);
  await becomes(async () => send(ada, 'GET', '/api/repos/ada/renamed'), 200);
  assert.equal((await repo('ada/renamed')).id, id);
});

test('administrators of this server need no right at the service, which is not asked', async (t) => {
  const { world, gogs, send, asked, wait } = await openPermissionWorld(t);
  const root = await world.addMember('root', { isAdmin: true });
  gogs.traps.htmlStatus = 502;
  asked();
  wait(100_000);
  assert.equal(await send(root, 'GET', DEMO), 200);
  assert.equal(await send(root, 'PATCH', DEMO, {}), 200);
  assert.equal(asked(), 0);
});

test('calls over many repositories ask for each before it is changed', async (t) => {
  const { world, gogs, bob, inject, send, wait } = await openPermissionWorld(t);
  gogs.setMode('ada/demo', 'bob', 'admin');
  assert.equal(await send(bob, 'GET', DEMO), 200);
  gogs.setMode('ada/demo', 'bob');
  wait(61);
  const answer = await inject(bob, 'POST', '/api/repos/activate', { repos: ['ada/demo'], active: true });
  const { results } = answer.json<{ results: { error_code: string }[] }>();
  assert.deepEqual(
    results.map((result) => result.error_code),
    ['not-found'],
  );
  assert.deepEqual(world.failures, []);
});
