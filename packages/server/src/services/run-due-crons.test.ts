import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { CronJob } from '@sortie/core/cron-job';
import type { Repo } from '@sortie/core/repo';
import { aRepo, aUser, TEST_KEY } from '@sortie/testing/domain-builders';
import { createFakeSource, type FakeSource } from '@sortie/testing/fake-source';
import { openQueueWorld } from '@sortie/testing/queue-views';
import type { QueueWorld } from '@sortie/testing/queue-world';
import { createSealer } from '../seal/sealer.ts';
import { listBuilds } from '../store/builds.ts';
import { findCron, insertCron, updateCron } from '../store/crons.ts';
import { insertRepo, updateRepo } from '../store/repos.ts';
import { insertUser } from '../store/users.ts';
import { runDueCrons } from './run-due-crons.ts';

const HOUR = 3600;

describe('the cron scheduler', () => {
  let world: QueueWorld;
  let repo: Repo;
  let source: FakeSource;
  let failures: string[];
  let outcomes: (readonly [string, string])[];

  beforeEach(async () => {
    world = await openQueueWorld();
    const owner = await insertUser(world.db, aUser());
    repo = await insertRepo(world.db, aRepo({ userId: owner.id }));
    source = createFakeSource();
    source.commit('refs/heads/main');
    failures = [];
    outcomes = [];
  });
  afterEach(() => world.close());

  function run(): Promise<void> {
    const { db, events, now, queue } = world;
    return runDueCrons({
      ...{ db, events, now, queue },
      sourceOf: () => source,
      sealer: createSealer([TEST_KEY]),
      instance: 'ci',
      convert: {
        jsonnet: { isEnabled: false, importLimit: 0 },
        starlark: { isEnabled: false, steps: 0, outputBytes: 0 },
      },
      offsetAt: () => 0,
      reportFailure: (message) => void failures.push(message),
      reportCron: (job, slug, outcome) => {
        const result = outcome.kind === 'skipped' ? outcome.code : outcome.kind;
        outcomes.push([`${slug} ${job.name}`, result]);
      },
    });
  }

  function add(patch: Partial<CronJob> = {}): Promise<CronJob> {
    const times = { next: world.now(), prev: 0, created: 0, updated: 0 };
    return insertCron(world.db, {
      ...{ repoId: repo.id, name: 'hourly', expr: '@hourly', branch: 'main', target: '', isDisabled: false },
      ...times,
      ...patch,
    });
  }

  async function stored(name = 'hourly'): Promise<CronJob> {
    const job = await findCron(world.db, repo.id, name);
    if (job === undefined) throw new Error('the job is gone');
    return job;
  }

  const builds = () => listBuilds(world.db, repo.id, { limit: 50 });

  it('starts a build for a job that is due, and plans the next one', async () => {
    await add();
    await run();
    const [build, ...others] = await builds();
    assert.deepEqual(
      [build?.event, build?.cron, build?.trigger, others.length],
      ['cron', 'hourly', '@cron', 0],
    );
    const { prev, next } = await stored();
    assert.deepEqual([prev, next], [world.now(), world.now() + HOUR]);
    assert.deepEqual(outcomes, [['octocat/hello hourly', 'built']]);
    await run();
    assert.equal((await builds()).length, 1);
  });

  it('[ops C70] makes one build of any number of missed times', async () => {
    await add({ next: world.now() - 5 * HOUR });
    await run();
    assert.equal((await builds()).length, 1);
    const { prev, next } = await stored();
    assert.deepEqual([prev, next], [world.now() - 5 * HOUR, world.now() + HOUR]);
  });

  it('leaves jobs alone that are disabled, not due, or never due', async () => {
    await add({ isDisabled: true });
    await add({ name: 'later', next: world.now() + 1 });
    await add({ name: 'never', next: 0 });
    await run();
    assert.deepEqual([await builds(), outcomes], [[], []]);
  });

  it('[ops C71] plans on without a build when the branch is missing or the repository inactive', async () => {
    await add({ branch: 'gone' });
    await run();
    assert.equal((await stored()).next, world.now() + HOUR);
    await updateRepo(world.db, repo.id, { isActive: false });
    await updateCron(world.db, (await stored()).id, { next: world.now(), branch: 'main', updated: 0 });
    await run();
    assert.equal((await stored()).next, world.now() + HOUR);
    assert.deepEqual(await builds(), []);
    assert.deepEqual(
      outcomes.map(([, outcome]) => outcome),
      ['commit-missing', 'repo-inactive'],
    );
  });

  it('[ops C74] starts one build for a slot when two servers look at the same time', async () => {
    await add();
    await Promise.all([run(), run()]);
    assert.equal((await builds()).length, 1);
    assert.deepEqual(failures, []);
  });

  it('runs the other jobs when one fails, and tries that one again at its next time only', async () => {
    await add({ name: 'unreadable', expr: 'nonsense', next: world.now() - 9 });
    await add({ name: 'first' });
    source.fail(new Error('the Git service does not answer'));
    await run();
    assert.equal(failures.length, 2);
    assert.match(failures.join(), /unreadable cannot be read/);
    assert.equal((await stored('unreadable')).next, 0);
    assert.equal((await stored('first')).next, world.now() + HOUR);
  });

  it('takes up more jobs than fit into one page', async () => {
    for (let index = 0; index < 101; index += 1) await add({ name: `job-${index}`, branch: 'gone' });
    await run();
    assert.equal(outcomes.length, 101);
  });

  it('ignores skip words: nobody has pushed anything', async () => {
    const text = 'kind: pipeline\nname: a\nsteps: [{name: a, image: b, commands: [c]}]\n';
    source.commit('refs/heads/main', { message: 'Docs [ci skip]', files: { '.drone.yml': text } });
    await add();
    await run();
    assert.equal((await builds()).length, 1);
  });
});
