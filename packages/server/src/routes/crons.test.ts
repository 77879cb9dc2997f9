import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireBuild } from '@sortie/contract/builds';
import type { WireCron } from '@sortie/contract/crons';
import { codeOf, openRepoWorld, type RepoWorld } from '@sortie/testing/repo-world';
import { listBuilds } from '../store/builds.ts';
import { updateCron } from '../store/crons.ts';
import { updateRepo } from '../store/repos.ts';

const NIGHTLY = { name: 'Nightly Build', expr: '0 0 4 * * *', branch: 'main' };

/** The clock of the tests stands at 08:00:00 UTC of 15 January 2027. */
const FOUR = Date.parse('2027-01-16T04:00:00Z') / 1000;

async function addCron({ send }: RepoWorld, patch: object = {}): Promise<WireCron> {
  const answer = await send('POST', '/cron', { payload: { ...NIGHTLY, ...patch } });
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json<WireCron>();
}

test('[api createCronJob] [ledger 30] the name is a slug, the next run is planned, and the times are real', async (t) => {
  const opened = await openRepoWorld(t);
  const { world, repo } = opened;
  const { id, ...job } = await addCron(opened, {
    event: 'pull_request',
    target: 'x',
    disabled: true,
    Next: 7,
  });
  assert.ok(id > 0);
  assert.deepEqual(job, {
    repo_id: repo.id,
    name: 'nightly-build',
    expr: '0 0 4 * * *',
    next: FOUR,
    prev: 0,
    event: 'push',
    branch: 'main',
    disabled: false,
    created: world.now(),
    updated: world.now(),
    version: 1,
  });
});

test('[api createCronJob] [ops C66] [ops C68] expression, name and branch are checked in this order', async (t) => {
  const { send } = await openRepoWorld(t);
  const message = async (payload: object | string) => {
    const answer = await send('POST', '/cron', { payload });
    assert.deepEqual(codeOf(answer), [400, 'cron-invalid'], answer.body);
    assert.ok(answer.json().hint);
    return answer.json<{ message: string }>().message;
  };
  assert.match(await message({}), /5 or 6 fields/);
  for (const expr of [
    '0 0 4 * * 7',
    '60 * * * * *',
    '0 0 4 *',
    '@Daily',
    '* * * * *-\u0000',
    'x'.repeat(999),
  ]) {
    await message({ expr });
  }
  assert.match(await message({ expr: '0 0 0 30 2 *' }), /next five years/);
  assert.match(await message({ expr: '@daily', name: '!!' }), /name/);
  assert.match(await message({ expr: '@daily', name: 'a' }), /no branch/);
  assert.match(await message({ expr: '@daily', name: 'a', branch: 'a\u0000' }), /branch/);
  for (const payload of ['{', '[]', '{"expr": 7}']) {
    assert.deepEqual(codeOf(await send('POST', '/cron', { payload })), [400, 'invalid-request'], payload);
  }
});

test('[api createCronJob] a second job of the same name is a conflict', async (t) => {
  const opened = await openRepoWorld(t);
  await addCron(opened);
  const answer = await opened.send('POST', '/cron', { payload: { ...NIGHTLY, name: 'nightly BUILD' } });
  assert.deepEqual(codeOf(answer), [409, 'already-exists']);
});

test('[api createCronJob] [ledger 9] [ops C65] five fields start with seconds, and a header warns of it', async (t) => {
  const { send } = await openRepoWorld(t);
  const shifted = await send('POST', '/cron', { payload: { ...NIGHTLY, expr: '0 0 4 * *' } });
  assert.equal(shifted.json<WireCron>().next, FOUR);
  assert.match(String(shifted.headers['x-cron-hint']), /second/);
  const six = await send('PATCH', '/cron/nightly-build', { payload: { expr: '0 0 4 * * *' } });
  assert.equal(six.headers['x-cron-hint'], undefined);
  const five = await send('PATCH', '/cron/nightly-build', { payload: { expr: '0 0 5 * *' } });
  assert.match(String(five.headers['x-cron-hint']), /second/);
});

test('[api createCronJob] [ops C73] the expression is read in the time zone of the server', async (t) => {
  const opened = await openRepoWorld(t, { env: { TZ: 'Europe/Berlin' } });
  assert.equal((await addCron(opened)).next, FOUR - 3600);
});

test('[api createCronJob] [ops C69] @every counts from now', async (t) => {
  const opened = await openRepoWorld(t);
  assert.equal((await addCron(opened, { expr: '@every 90m' })).next, opened.world.now() + 5400);
});

test('[api listCronJobs] [api getCronJob] [api deleteCronJob] jobs are listed by name, read and removed', async (t) => {
  const opened = await openRepoWorld(t);
  const { send } = opened;
  assert.deepEqual((await send('GET', '/cron')).json(), []);
  const second = await addCron(opened, { name: 'b' });
  const first = await addCron(opened, { name: 'a' });
  assert.deepEqual((await send('GET', '/cron')).json(), [first, second]);
  assert.deepEqual((await send('GET', '/cron/b')).json(), second);
  assert.equal((await send('DELETE', '/cron/b')).statusCode, 204);
  for (const method of ['GET', 'POST', 'PATCH', 'DELETE'] as const) {
    const body = method === 'PATCH' ? { payload: {} } : {};
    assert.deepEqual(codeOf(await send(method, '/cron/b', body)), [404, 'not-found'], method);
    assert.deepEqual(codeOf(await send(method, '/cron/%00', body)), [404, 'not-found'], method);
  }
});

test('[api updateCronJob] [ledger 30] what is given changes, what is malformed is refused', async (t) => {
  const opened = await openRepoWorld(t);
  const { send, world } = opened;
  const job = await addCron(opened);
  world.advance(60_000);
  const payload = { branch: 'next', target: 'prod', event: 'tag', name: 'x', disabled: null };
  const changed = (await send('PATCH', '/cron/nightly-build', { payload })).json<WireCron>();
  const expected = { ...job, branch: 'next', target: 'prod', updated: world.now(), version: 2 };
  assert.deepEqual(changed, expected);
  for (const bad of ['{', '{"disabled": "perhaps"}', '{"branch": 7}', '[]']) {
    assert.deepEqual(
      codeOf(await send('PATCH', '/cron/nightly-build', { payload: bad })),
      [400, 'invalid-request'],
      bad,
    );
  }
  for (const bad of [{ branch: '' }, { expr: 'x' }, { expr: '0 0 0 30 2 *' }]) {
    assert.deepEqual(codeOf(await send('PATCH', '/cron/nightly-build', { payload: bad })), [
      400,
      'cron-invalid',
    ]);
  }
  assert.deepEqual((await send('GET', '/cron/nightly-build')).json(), expected);
  const moved = await send('PATCH', '/cron/nightly-build', { payload: { expr: '0 0 5 * * *' } });
  assert.equal(moved.json<WireCron>().next, FOUR + 3600);
});

test('[api updateCronJob] [ledger 30] enabling a job plans its next run anew', async (t) => {
  const opened = await openRepoWorld(t);
  const { send, world } = opened;
  const job = await addCron(opened);
  const off = await send('PATCH', '/cron/nightly-build', { payload: { disabled: true } });
  assert.deepEqual([off.json<WireCron>().disabled, off.json<WireCron>().next], [true, FOUR]);
  await updateCron(world.db, job.id, { next: world.now() - 9_999, updated: 0 });
  const on = await send('PATCH', '/cron/nightly-build', { payload: { disabled: false } });
  assert.deepEqual([on.json<WireCron>().disabled, on.json<WireCron>().next], [false, FOUR]);
});

test('[api triggerCronJob] [ops C72] a disabled job is run now, and its times stay', async (t) => {
  const opened = await openRepoWorld(t);
  const { send, sha, repo } = opened;
  await addCron(opened);
  const job = (await send('PATCH', '/cron/nightly-build', { payload: { disabled: true } })).json<WireCron>();
  const answer = await send('POST', '/cron/nightly-build');
  assert.equal(answer.statusCode, 200);
  const build = answer.json<WireBuild>();
  assert.deepEqual(
    [
      build.event,
      build.trigger,
      build.cron,
      build.ref,
      build.target,
      build.source,
      build.before,
      build.after,
    ],
    ['cron', '@cron', 'nightly-build', 'refs/heads/main', 'main', '', '', sha],
  );
  assert.deepEqual([build.author_name, build.message, build.link], ['Octo Cat', 'Add a feature', repo.link]);
  assert.deepEqual((await send('GET', '/cron/nightly-build')).json(), job);
});

test('[api triggerCronJob] a missing branch and an inactive repository are problems, a skip is null', async (t) => {
  const opened = await openRepoWorld(t);
  const { send, world, repo } = opened;
  await addCron(opened, { branch: 'gone' });
  assert.deepEqual(codeOf(await send('POST', '/cron/nightly-build')), [404, 'commit-missing']);
  world.source.commit('refs/heads/gone', { files: {} });
  const skipped = await send('POST', '/cron/nightly-build');
  assert.deepEqual([skipped.body.trim(), skipped.headers['x-skip-reason']], ['null', 'config-missing']);
  await updateRepo(world.db, repo.id, { isActive: false });
  assert.deepEqual(codeOf(await send('POST', '/cron/nightly-build')), [409, 'repo-inactive']);
  assert.equal((await listBuilds(world.db, repo.id, { limit: 9 })).length, 1);
});

test('[api listCronJobs] whoever changes cron jobs is a writer, and the scheduler hears of it', async (t) => {
  let changes = 0;
  const opened = await openRepoWorld(t, {
    app: {
      onCronChange: () => {
        changes += 1;
      },
    },
  });
  const { send, member } = opened;
  const reader = { headers: await member('reader', { read: true, write: false, admin: false }) };
  assert.deepEqual(codeOf(await send('GET', '/cron', reader)), [404, 'not-found']);
  assert.deepEqual(codeOf(await send('POST', '/cron', { ...reader, payload: NIGHTLY })), [404, 'not-found']);
  assert.equal(changes, 0);
  await addCron(opened);
  await send('PATCH', '/cron/nightly-build', { payload: { disabled: true } });
  await send('DELETE', '/cron/nightly-build');
  assert.equal(changes, 3);
});
