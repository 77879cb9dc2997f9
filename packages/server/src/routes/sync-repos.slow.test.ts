import assert from 'node:assert/strict';
import { test } from 'node:test';
import { becomes } from '@sortie/testing/becomes';
import { DEMO, openPermissionWorld } from './permission-world.fixture.ts';

interface UserAnswer {
  readonly syncing: boolean;
  readonly synced: number;
  readonly sync_error?: string;
}

test('[scm S1] a first synchronisation of a hundred repositories says that it runs, and brings them all', async (t) => {
  const { gogs, bob, inject, send } = await openPermissionWorld(t);
  for (let number = 0; number < 100; number += 1) gogs.addRepo(`bob/r${number}`, { isPrivate: true });
  gogs.traps.delay = 50;
  assert.equal(await send(bob, 'POST', '/api/user/repos?async=true'), 204);
  const user = async () => (await inject(bob, 'GET', '/api/user')).json<UserAnswer>();
  assert.equal((await user()).syncing, true);
  await becomes(async () => (await user()).syncing, false);
  assert.equal((await inject(bob, 'GET', '/api/user/repos')).json<unknown[]>().length, 100);
  assert.ok((await user()).synced > 0);
  assert.equal('sync_error' in (await user()), false);
});

test('[scm S7] twenty requests to synchronise wait for one run at the service', async (t) => {
  const { gogs, ada, send } = await openPermissionWorld(t);
  const lists = () => gogs.requests.filter(({ path }) => path === '/api/v1/user/repos').length;
  const before = lists();
  gogs.traps.delay = 50;
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(ada, 'POST', '/api/user/repos')));
  assert.ok(answers.every((status) => status === 200));
  assert.equal(lists() - before, 1);
});

test('[scm S5] why a synchronisation failed is told with the account, and nothing is taken away', async (t) => {
  const { gogs, ada, inject, send, row } = await openPermissionWorld(t);
  gogs.traps.htmlStatus = 500;
  assert.deepEqual(await send(ada, 'POST', '/api/user/repos'), [503, 'service-unavailable']);
  const told = (await inject(ada, 'GET', '/api/user')).json<UserAnswer>();
  assert.equal(told.syncing, false);
  assert.match(told.sync_error ?? '', /Gogs|Git service/);
  assert.equal((await row(ada))?.admin, true);
  gogs.traps.htmlStatus = undefined;
  assert.equal(await send(ada, 'POST', '/api/user/repos'), 200);
  assert.equal((await inject(ada, 'GET', '/api/user')).json<UserAnswer>().sync_error, undefined);
});

test('[scm S10] what turns private at the service is hidden from guests, with its logs and badges', async (t) => {
  const env = { SORTIE_PUBLIC_BADGES: 'false' };
  const { world, gogs, ada, inject, send, sync, repo } = await openPermissionWorld(t, {
    isPrivate: false,
    env,
  });
  const look = async () => [
    await send(undefined, 'GET', DEMO),
    await send(undefined, 'GET', `${DEMO}/builds`),
    await send(undefined, 'GET', `${DEMO}/builds/1/logs/1/1`),
  ];
  const badge = async (slug: string) =>
    (await inject(undefined, 'GET', `/api/badges/${slug}/status.svg`)).body;
  await world.start([], { in: await repo() });
  const open = await look();
  assert.deepEqual(open.slice(0, 2), [200, 200]);
  assert.notEqual(await badge('ada/demo'), await badge('ada/unknown'));
  const shown = gogs.state.repos.find(({ slug }) => slug === 'ada/demo');
  assert.ok(shown);
  shown.isPrivate = true;
  await sync(ada);
  const hidden = [401, 'unauthorized'];
  assert.deepEqual(await look(), [hidden, hidden, hidden]);
  assert.equal(await badge('ada/demo'), await badge('ada/unknown'));
});

test('[scm S12] [scm X29] an administrator of the whole Gogs gets a warning and no repositories of others', async (t) => {
  const { world, gogs, inject, send } = await openPermissionWorld(t);
  const chief = await world.addMember('chief');
  const known = gogs.state.users.get('chief');
  assert.ok(known);
  gogs.state.users.set('chief', { ...known, isSiteAdmin: true });
  assert.equal(await send(chief, 'POST', '/api/user/repos'), 200);
  assert.deepEqual((await inject(chief, 'GET', '/api/user/repos')).json(), []);
  const [account] = (await inject(chief, 'GET', '/api/user/identities')).json<{ note: string }[]>();
  assert.match(account?.note ?? '', /administrator of the whole Git service/);
});
