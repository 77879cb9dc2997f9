import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type TestContext, test } from 'node:test';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { aRepo, TEST_NOW } from '@sortie/testing/domain-builders';
import { upsertPermission } from '../store/permissions.ts';
import { findRepoByUid, insertRepo } from '../store/repos.ts';
import type { ForgeRepo } from './forge.ts';
import { applyRepoFacts } from './repo-facts.ts';
import { ALL, found, READ, setup } from './sync-world.fixture.ts';

const COUNT = 650;
const many = (patch: (at: number) => Partial<ForgeRepo> = () => ({})): ForgeRepo[] =>
  Array.from({ length: COUNT }, (_, at) => found(`r${at}`, patch(at)));

async function open(t: TestContext, shown: ForgeRepo[] = many()) {
  const world = await setup(t, shown);
  const { db, user, state, sync, connectionId } = world;
  const rights = async () =>
    (await db.selectFrom('permissions').select('repo_id').where('user_id', '=', user.id).execute()).length;
  const repo = async (uid: string) => {
    const one = await findRepoByUid(db, connectionId, uid);
    assert.ok(one, uid);
    return one;
  };
  return {
    ...world,
    rights,
    repo,
    show: (...list: readonly ForgeRepo[]) => void shown.splice(0, shown.length, ...list),
    /** The server dies after so many portions. */
    async breakOff(portions: number) {
      let left = portions;
      state.between = async () => {
        if (left === 0) throw new Error('the process is gone');
        left -= 1;
      };
      await assert.rejects(sync(), /the process is gone/);
      state.between = undefined;
    },
  };
}

/** Four portions are looked through before the first one is written. */
const PLANNED = 4;

test('[scm S5] a long list that breaks off between portions takes nothing away and goes on from there', async (t) => {
  const { db, user, connectionId, breakOff, rights, sync, account, slugs, state } = await open(t);
  const gone = await insertRepo(db, aRepo({ connectionId, uid: 'gone', namespace: 'octo', name: 'gone' }));
  await upsertPermission(db, { userId: user.id, repoId: gone.id }, { ...ALL, synced: TEST_NOW });
  await breakOff(PLANNED + 1);
  assert.equal(await rights(), 401);
  const { isSyncing, synced } = await account();
  assert.deepEqual([isSyncing, synced], [false, 0]);
  state.now += 100;
  await sync();
  assert.equal(await rights(), COUNT);
  assert.equal((await db.selectFrom('repos').select('id').where('uid', '=', 'gone').execute()).length, 1);
  assert.equal((await slugs()).length, 99);
  assert.deepEqual(await account(), { isSyncing: false, synced: state.now, syncError: '' });
});

test('[scm S6] what a broken-off run has added does not make a doubtful answer look usual', async (t) => {
  const old = Array.from({ length: 12 }, (_, at) => found(`old-${at}`));
  const { show, breakOff, rights, sync, account, state } = await open(t, [...old]);
  await sync();
  show(...many());
  state.now += 100;
  await breakOff(PLANNED + 2);
  assert.equal(await rights(), 12 + 600);
  state.now += 10;
  await sync();
  assert.equal(await rights(), 12 + COUNT, 'ten seconds are too soon');
  assert.match((await account()).syncError, /says the same again/);
  state.now += 60;
  await sync();
  assert.equal(await rights(), COUNT);
});

test('[scm S6] a doubtful answer that is written in portions takes nothing away', async (t) => {
  const { show, rights, sync, state } = await open(t);
  await sync();
  show(...many().slice(0, 300));
  state.now += 100;
  await sync();
  assert.equal(await rights(), COUNT);
  state.now += 60;
  await sync();
  assert.equal(await rights(), 300);
});

test('[scm S2] what a webhook tells of a renaming between portions is not taken back by the older list', async (t) => {
  const { db, state, sync, repo, rights } = await open(t);
  await sync();
  state.now += 100;
  let portions = 0;
  state.between = async () => {
    portions += 1;
    if (portions !== PLANNED + 1) return;
    state.now += 5;
    const facts = { httpUrl: '', sshUrl: '', link: '', defaultBranch: '', isPrivate: true };
    const place = { namespace: 'acme', name: 'renamed' };
    await applyRepoFacts(db, await repo('uid-r600'), { ...facts, ...place }, state.now);
  };
  // The list is dated when it has been read.
  state.during = async () => {
    state.now += 20;
  };
  await sync();
  assert.equal((await repo('uid-r600')).slug, 'acme/renamed');
  assert.equal(await rights(), COUNT);
  state.between = undefined;
});

test('[scm S2] names that are exchanged across portions, and old names that others take, switch nothing off', async (t) => {
  const { show, sync, repo, reports, state, breakOff } = await open(t);
  await sync();
  const changed = many((at) => {
    if (at === 0) return { name: `r${COUNT - 1}` };
    if (at === COUNT - 1) return { name: 'r0' };
    // The new repository below takes the name that this one has had.
    return at === 300 ? { name: 'elsewhere' } : {};
  });
  show(found('r300', { uid: 'uid-new', permission: READ }), ...changed);
  state.now += 100;
  await breakOff(PLANNED);
  await sync();
  const slugsOf = async (...uids: readonly string[]) =>
    Promise.all(uids.map(async (uid) => (await repo(uid)).slug));
  assert.deepEqual(await slugsOf('uid-r0', `uid-r${COUNT - 1}`, 'uid-r300', 'uid-new'), [
    `octo/r${COUNT - 1}`,
    'octo/r0',
    'octo/elsewhere',
    'octo/r300',
  ]);
  assert.deepEqual(reports, []);
});

test('the first synchronisation of ten thousand repositories lets others have their turn', async (t) => {
  const shown = Array.from({ length: 10_000 }, (_, at) => found(`r${at}`, { namespace: `org-${at % 40}` }));
  const { sync, rights, state } = await open(t, shown);
  let turns = 0;
  state.between = async () => {
    turns += 1;
    await turnOfLoop();
  };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  await sync();
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  assert.equal(await rights(), 10_000);
  assert.ok(turns >= 50, `${turns} turns`);
  // Of the whole work: how long a portion takes on the clock is luck.
  t.diagnostic(
    `${Math.round((user + system) / 1000)} ms of the processor, longest block ${Math.round(delay.max / 1e6)} ms`,
  );
});
