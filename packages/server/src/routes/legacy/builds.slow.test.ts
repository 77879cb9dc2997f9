import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner, aStageDraft } from '@sortie/testing/domain-builders';
import { startStep } from '@sortie/testing/http-world';
import { AT_ONCE, aStageReport, aStepReport } from '@sortie/testing/queue-world';
import { updateRepo } from '../../store/repos.ts';
import { stageStatuses } from './build-state.fixture.ts';
import { addBuilds, type LegacyWorld, MOUNTS, openLegacyWorld } from './legacy-world.fixture.ts';

const R = '/api/repos/octocat/demo';
const MEMBERS =
  'id number parent event status enqueued_at created_at started_at finished_at deploy_to commit branch ref refspec remote title message timestamp author author_avatar author_email link_url signed verified';
const JOB_MEMBERS = 'id number error status exit_code enqueued_at started_at finished_at environment';

type Shown = Record<string, unknown> & { number: number; status: string; jobs?: Record<string, unknown>[] };

function keys(value: object | undefined): string {
  return Object.keys(value ?? {}).join(' ');
}

test('[legacy 15] a build that nobody has approved does not run by being built again', async (t) => {
  const world = await openLegacyWorld(t);
  await updateRepo(world.db, world.demo.id, { isProtected: true });
  world.source.commit('a'.repeat(40));
  world.source.commit('refs/heads/main');
  const headers = world.asRoot;
  const rebuild = (number: number) => world.ask('POST', `/v0${R}/builds/${number}`, { headers });
  const statuses = (number: number) => stageStatuses(world, number);
  for (let made = 0; made < 2; made += 1) await world.ask('POST', `${R}/builds?branch=main`, { headers });
  await world.ask('DELETE', `${R}/builds/1`, { headers });
  assert.equal((await rebuild(1)).status, 200);
  assert.deepEqual(await statuses(1), ['blocked']);
  await world.ask('POST', `${R}/builds/2/decline`, { headers });
  const declined = await rebuild(2);
  assert.deepEqual([declined.status, declined.headers['x-error-code']], [400, 'build-not-restartable']);
  assert.deepEqual(await statuses(2), ['declined']);
});

for (const at of MOUNTS) {
  const place = at || 'root';

  test(`[legacy 13] at ${place} everybody lists the builds of a public repository`, async (t) => {
    const world = await openLegacyWorld(t);
    await addBuilds(world);
    const answer = await world.ask('GET', `${at}${R}/builds`);
    assert.equal(answer.status, 200);
    const builds = answer.json<Shown[]>();
    assert.deepEqual(
      builds.map(({ number, status }) => [number, status]),
      [
        [3, 'running'],
        [2, 'failure'],
        [1, 'success'],
      ],
    );
    for (const build of builds) {
      if (at !== '') assert.equal(keys(build), MEMBERS);
      else for (const name of MEMBERS.split(' ')) assert.ok(name in build, name);
    }
    const priv = `${at}/api/repos/octocat/priv/builds`;
    assert.equal((await world.ask('GET', priv)).status, 401);
    assert.equal((await world.ask('GET', priv, { headers: world.asReader })).status, 404);
    assert.equal((await world.ask('GET', priv, { headers: world.asRoot })).status, 200);
  });

  test(`[legacy 14] at ${place} one build comes with its jobs`, async (t) => {
    const world = await openLegacyWorld(t);
    await addBuilds(world);
    const build = (await world.ask('GET', `${at}${R}/builds/2`)).json<Shown>();
    if (at !== '') assert.equal(keys(build), `${MEMBERS} jobs`);
    assert.equal(keys(build.jobs?.[0]), JOB_MEMBERS);
    assert.equal(build.jobs?.[0]?.exit_code, 7);
    assert.equal((await world.ask('GET', `${at}${R}/builds/latest`)).json<Shown>().number, 3);
    assert.equal((await world.ask('GET', `${at}${R}/builds/latest?branch=none`)).status, 404);
    assert.equal((await world.ask('GET', `${at}${R}/builds/99`)).status, 404);
    assert.equal((await world.ask('GET', `${at}${R}/builds/abc`)).status, 400);
  });

  test(`[legacy 15] at ${place} a fork is a new build, for a deployment too`, async (t) => {
    const world = await openLegacyWorld(t);
    await addBuilds(world);
    const headers = world.asRoot;
    await commitOf(world);
    const forked = await world.ask('POST', `${at}${R}/builds/1?fork=true&A=b&access_token=x`, { headers });
    assert.equal(forked.status, 200, forked.body);
    const build = forked.json<Shown>();
    assert.deepEqual([build.number, build.parent, build.status], [4, 1, 'pending']);
    const jobs = (await world.ask('GET', `${at}${R}/builds/4`)).json<Shown>().jobs;
    assert.deepEqual(jobs?.[0]?.environment, { A: 'b' });
    const query = 'fork=true&event=deployment&deploy_to=prod';
    const deployed = (await world.ask('POST', `${at}${R}/builds/1?${query}`, { headers })).json<Shown>();
    assert.equal(deployed.event, at === '' ? 'promote' : 'deployment');
    assert.deepEqual([deployed.number, deployed.deploy_to, deployed.jobs], [5, 'prod', undefined]);
    assert.equal((await world.ask('POST', `${at}${R}/builds/1`)).status, 401);
    const stranger = await world.ask('POST', `${at}${R}/builds/1`, { headers: world.asReader });
    assert.equal(stranger.status, 404);
    assert.equal((await world.ask('POST', `${at}${R}/builds/99`, { headers })).status, 404);
  });

  test(`[legacy 16] at ${place} one job is stopped, and a second time that is 400`, async (t) => {
    for (const path of ['builds/3/1', 'logs/3/1']) {
      const world = await openLegacyWorld(t);
      await addBuilds(world);
      const headers = world.asRoot;
      assert.equal((await world.ask('DELETE', `${at}${R}/${path}`)).status, 401);
      assert.equal((await world.ask('DELETE', `${at}${R}/${path}`, { headers: world.asReader })).status, 404);
      const answer = await world.ask('DELETE', `${at}${R}/${path}`, { headers });
      assert.deepEqual([answer.status, answer.body], [204, '']);
      assert.equal(answer.type, 'text/plain; charset=utf-8');
      const build = (await world.ask('GET', `${at}${R}/builds/3`)).json<Shown>();
      assert.equal(build.status, 'killed');
      assert.deepEqual([build.jobs?.[0]?.status, build.jobs?.[0]?.exit_code], ['killed', 137]);
      assert.notEqual(build.finished_at, 0);
      assert.equal((await world.ask('DELETE', `${at}${R}/${path}`, { headers })).status, 400);
      assert.equal((await world.ask('GET', `${at}${R}`)).status, 200, 'the repository is still there');
    }
  });

  test(`[legacy 16] at ${place} of two jobs one is stopped and the other goes on`, async (t) => {
    const world = await openLegacyWorld(t);
    const stages = [
      aStageDraft(),
      aStageDraft({ number: 2 }),
      aStageDraft({ number: 3, dependsOn: ['default'] }),
    ];
    await world.start(stages, { in: world.demo });
    const headers = world.asRoot;
    assert.equal((await world.ask('DELETE', `${at}${R}/builds/1/1`, { headers })).status, 204);
    assert.deepEqual(await stageStatuses(world, 1), ['killed', 'pending', 'skipped']);
    assert.equal((await world.ask('DELETE', `${at}${R}/builds/1/9`, { headers })).status, 404);
    assert.equal((await world.ask('DELETE', `${at}${R}/builds/9/1`, { headers })).status, 404);
    const rest = await world.queue.request(aRunner(), AT_ONCE);
    if (rest === undefined) throw new Error('nothing was handed out');
    await world.queue.begin(rest.lease, []);
    await world.queue.finish(rest.lease, aStageReport());
    assert.equal((await world.ask('GET', `${at}${R}/builds/1`)).json<Shown>().status, 'killed');
  });

  test(`[legacy 16] at ${place} paths of version 1 below builds are not taken for jobs`, async (t) => {
    const world = await openLegacyWorld(t);
    await addBuilds(world);
    const headers = world.asRoot;
    const branch = await world.ask('DELETE', `${R}/builds/branches/main`, { headers });
    assert.equal(branch.status, 204);
    assert.equal((await world.ask('GET', `${at}${R}/builds/3`)).json<Shown>().status, 'running');
  });

  test(`[legacy 22] at ${place} the log of a job is that of its steps with their exit codes`, async (t) => {
    const world = await openLegacyWorld(t);
    await addBuilds(world);
    for (const path of ['logs/2/1', 'chown?number=2&job=1', 'chown?number=2']) {
      const answer = await world.ask('GET', `${at}${R}/${path}`);
      assert.deepEqual([answer.status, answer.type], [200, 'application/json']);
      assert.equal(
        answer.body,
        [
          '[{"proc":"step-1","pos":0,"out":"hello"},',
          '{"proc":"step-1","pos":1},',
          '{"proc":"step-1","time":3,"pos":2,"out":"world"},',
          '{"proc":"step-1","type":2,"pos":0,"out":"7"},',
          '{}]',
        ].join('\n'),
      );
    }
    for (const path of ['logs/2/9', 'logs/9/1', 'logs/3/1', 'chown', 'chown?number=x']) {
      assert.equal((await world.ask('GET', `${at}${R}/${path}`)).status, 404, path);
    }
    assert.equal((await world.ask('GET', `${at}${R}`)).json<{ id: number }>().id, world.demo.id);
  });
}

/** Gives builds whose commit is forty times `a` a pipeline file. */
async function commitOf(world: LegacyWorld): Promise<string> {
  return world.source.commit('a'.repeat(40));
}

test('[legacy 15] a restart of version 1 is a new build, with the members of 0.5', async (t) => {
  const world = await openLegacyWorld(t);
  await addBuilds(world);
  await commitOf(world);
  const answer = await world.ask('POST', `${R}/builds/1`, { headers: world.asRoot });
  const build = answer.json<Shown>();
  assert.deepEqual([answer.status, build.number, build.parent], [200, 4, 1]);
  for (const name of MEMBERS.split(' ')) assert.ok(name in build, name);
});

test('[legacy 15] at /v0 a build runs again in its place, and not while it runs', async (t) => {
  const world = await openLegacyWorld(t);
  await addBuilds(world);
  await commitOf(world);
  const headers = world.asRoot;
  const before = (await world.ask('GET', `/v0${R}/builds/1`)).json<Shown>();
  world.advance(60_000);
  const answer = await world.ask('POST', `/v0${R}/builds/1?A=b`, { headers });
  assert.equal(answer.status, 200, answer.body);
  const build = answer.json<Shown>();
  assert.equal(keys(build), MEMBERS);
  const { enqueued_at, ...same } = build;
  const { enqueued_at: enqueuedBefore, jobs, ...old } = before;
  assert.deepEqual(same, { ...old, status: 'pending', started_at: 0, finished_at: 0 });
  assert.equal(enqueued_at, Number(enqueuedBefore) + 60);
  const shown = (await world.ask('GET', `/v0${R}/builds/1`)).json<Shown>();
  assert.equal(shown.jobs?.[0]?.id, jobs?.[0]?.id);
  assert.deepEqual([shown.jobs?.[0]?.status, shown.jobs?.[0]?.exit_code], ['pending', 0]);
  assert.deepEqual(shown.jobs?.[0]?.environment, { A: 'b' });
  assert.equal((await world.ask('POST', `/v0${R}/builds/1`, { headers })).status, 409);
  assert.equal((await world.ask('POST', `/v0${R}/builds/3`, { headers })).status, 409);
});

test('[legacy 15] [legacy 22] the second run of a build has a log of its own', async (t) => {
  const world = await openLegacyWorld(t);
  const first = await startStep(world, { in: world.demo });
  await first.write('first\n');
  await world.queue.closeLog(first.lease, first.stepId);
  await world.queue.updateStep(first.lease, aStepReport(first.stepId, { status: 'success', stopped: 9 }));
  await world.queue.finish(first.lease, aStageReport());
  await commitOf(world);
  await world.ask('POST', `/v0${R}/builds/1`, { headers: world.asRoot });
  assert.equal((await world.ask('GET', `/v0${R}/logs/1/1`)).status, 404);
  const again = await world.queue.request(aRunner(), AT_ONCE);
  assert.equal(again?.lease.attempt, 2);
});

test('[legacy 15] at /v0 a build whose file is gone is 404, and other words for fork than true are no fork', async (t) => {
  const world = await openLegacyWorld(t);
  await addBuilds(world);
  const headers = world.asRoot;
  const answer = await world.ask('POST', `/v0${R}/builds/1`, { headers });
  assert.deepEqual([answer.status, answer.headers['x-error-code']], [404, 'not-found']);
  await commitOf(world);
  const skipped = await world.ask('POST', `/v0${R}/builds/1?fork=maybe`, { headers });
  assert.equal(skipped.json<Shown>().number, 1);
});

test('[legacy 13] at /v0 there is nothing below a repository that is not active', async (t) => {
  const world = await openLegacyWorld(t);
  const path = '/v0/api/repos/octocat/fresh/builds';
  const guest = await world.ask('GET', path);
  const admin = await world.ask('GET', path, { headers: world.asRoot });
  assert.deepEqual([guest.status, guest.body, admin.status, admin.body], [401, '', 404, '']);
  const unknown = await world.ask('GET', '/v0/api/repos/no/where/builds', { headers: world.asRoot });
  assert.deepEqual([unknown.status, unknown.body], [404, '']);
});

test('[legacy 14] at /v0 only pushes are the latest build of a branch', async (t) => {
  const world = await openLegacyWorld(t);
  await world.start(undefined, { in: world.demo });
  await world.start(undefined, { in: world.demo, build: { event: 'cron' } });
  assert.equal((await world.ask('GET', `/v0${R}/builds/latest`)).json<Shown>().number, 1);
  assert.equal((await world.ask('GET', `${R}/builds/latest`)).json<Shown>().number, 2);
});
