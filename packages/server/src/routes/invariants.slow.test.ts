import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Assignment } from '@sortie/contract/runner';
import { canMove, isDone, type Status, type StatusOwner } from '@sortie/core/status';
import { createSeeded, type Seeded } from '@sortie/pipeline/seeded.fixture';
import { aRunner } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { AT_ONCE, aStageReport, aStep, aStepReport } from '@sortie/testing/queue-world';
import { sweep } from '../services/sweep.ts';
import { listBuilds } from '../store/builds.ts';
import { findRepoById } from '../store/repos.ts';
import { listStages } from '../store/stages.ts';
import { listSteps } from '../store/steps.ts';

const RUNS = Number(process.env.SORTIE_FUZZ ?? 1000) / 100;
const ACTIONS_PER_RUN = 60;

const PIPELINE = `kind: pipeline
name: one
steps: [{ name: a, image: alpine, commands: [a] }]
---
kind: pipeline
name: two
depends_on: [one]
steps: [{ name: b, image: alpine, commands: [b] }]
---
kind: pipeline
name: after
depends_on: [two]
trigger: { status: [success, failure] }
steps: [{ name: c, image: alpine, commands: [c] }]
`;

describe('whatever is asked and reported in whatever order', () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    test(`numbers are gapless, moves legal and counters right (seed ${seed})`, async (t) => {
      const run = await begin(seed);
      t.after(() => run.world.close());
      for (let number = 0; number < ACTIONS_PER_RUN; number += 1) {
        const name = run.seeded.pick(Object.keys(ACTIONS));
        await ACTIONS[name]?.(run);
        await check(run, `seed ${seed}, action ${number}: ${name}`);
      }
    });
  }
});

interface Run {
  readonly world: HttpWorld;
  readonly seeded: Seeded;
  readonly headers: Readonly<Record<string, string>>;
  readonly repoId: number;
  readonly base: string;
  /** Stages that a runner holds, or believes to hold. */
  readonly held: Assignment[];
  /** The status in which each row was last seen. */
  readonly seen: Map<string, Status>;
  /** The highest number that was ever answered. */
  newest: number;
  purgedBelow: number;
}

async function begin(seed: number): Promise<Run> {
  const world = await createHttpWorld();
  const user = await world.addUser();
  const { repo, build } = await world.start(undefined, { repo: { userId: user.id } });
  await world.grant(user, repo, { read: true, write: true, admin: true });
  world.source.commit('refs/heads/main', { files: { '.drone.yml': PIPELINE } });
  return {
    world,
    seeded: createSeeded(seed * 7919),
    headers: await world.bearer(user),
    repoId: repo.id,
    base: `/api/repos/${repo.slug}`,
    held: [],
    seen: new Map(),
    newest: build.number,
    purgedBelow: 1,
  };
}

async function call(run: Run, method: 'GET' | 'POST' | 'DELETE' | 'PATCH', path: string, extra: object = {}) {
  const answer = await run.world.app.inject({
    method,
    url: `${run.base}${path}`,
    headers: run.headers,
    ...extra,
  });
  assert.ok(answer.statusCode < 500, `${method} ${path}: ${answer.statusCode} ${answer.body}`);
  return answer;
}

/** A new build has the next number, whoever made it and however. */
async function callForBuild(run: Run, path: string, headers: object = {}): Promise<void> {
  const answer = await call(run, 'POST', path, { headers: { ...run.headers, ...headers } });
  if (answer.statusCode !== 200 || answer.body.trim() === 'null') return;
  const { number } = answer.json<{ number: number }>();
  assert.equal(number, run.newest + 1);
  run.newest = number;
}

const anyNumber = ({ seeded, newest }: Run): number => 1 + seeded.below(newest + 1);

const ACTIONS: Readonly<Record<string, (run: Run) => Promise<unknown>>> = {
  create: (run) => callForBuild(run, '/builds?branch=main'),
  restart: (run) => callForBuild(run, `/builds/${anyNumber(run)}`),
  promote: (run) => callForBuild(run, `/builds/${anyNumber(run)}/promote?target=prod`),
  rollback: (run) => callForBuild(run, `/builds/${anyNumber(run)}/rollback?target=prod`),
  cancel: (run) => call(run, 'DELETE', `/builds/${anyNumber(run)}`),
  protect: (run) => call(run, 'PATCH', '', { payload: { protected: run.seeded.below(2) === 0 } }),
  approve: (run) => call(run, 'POST', `/builds/${anyNumber(run)}/approve/${1 + run.seeded.below(3)}`),
  decline: (run) => call(run, 'POST', `/builds/${anyNumber(run)}/decline/${1 + run.seeded.below(3)}`),
  async purge(run) {
    if (run.seeded.below(6) > 0) return;
    const before = anyNumber(run);
    await call(run, 'DELETE', `/builds?before=${before}`);
    run.purgedBelow = Math.max(run.purgedBelow, before);
  },
  async twice(run) {
    const key = { 'idempotency-key': `k${run.seeded.below(1_000_000)}` };
    const before = run.newest;
    await callForBuild(run, '/builds?branch=main', key);
    const again = await call(run, 'POST', '/builds?branch=main', { headers: { ...run.headers, ...key } });
    if (run.newest > before) assert.equal(again.json<{ number: number }>().number, run.newest);
  },
  async together(run) {
    const answers = await Promise.all([1, 2, 3].map(() => call(run, 'POST', '/builds?branch=main')));
    const numbers = answers.map((answer) => answer.json<{ number: number }>().number).sort((a, b) => a - b);
    assert.deepEqual(numbers, [run.newest + 1, run.newest + 2, run.newest + 3]);
    run.newest += 3;
  },
  async lease(run) {
    const found = await run.world.queue.request(aRunner(), AT_ONCE);
    if (found !== undefined) run.held.push(found);
  },
  report: (run) => reportOf(run, false),
  finish: (run) => reportOf(run, true),
  async lose(run) {
    run.world.advance(120_000);
    await sweep(run.world);
  },
};

/** What a runner says about a stage; it may come twice, and it may come too late. */
async function reportOf({ world, held, seeded }: Run, isLast: boolean): Promise<void> {
  if (held.length === 0) return;
  const { lease } = seeded.pick(held);
  const status = seeded.pick(['success', 'failure', 'error', 'killed'] as const);
  for (let repeat = seeded.below(2); repeat >= 0; repeat -= 1) {
    await accepted(async () => {
      const [step] = await world.queue.begin(lease, [aStep()]);
      await world.queue.updateStep(lease, aStepReport(step?.id ?? 0));
      if (!isLast) return;
      await world.queue.updateStep(lease, aStepReport(step?.id ?? 0, { status, stopped: world.now() }));
      await world.queue.finish(lease, aStageReport({ status }));
    });
  }
}

async function accepted(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { status } = error as { status?: number };
    if (status === undefined || status >= 500) throw error;
  }
}

async function check(run: Run, where: string): Promise<void> {
  const { world, repoId } = run;
  const builds = await listBuilds(world.db, repoId, { limit: 10_000 });
  const numbers = builds.map(({ number }) => number).sort((left, right) => left - right);
  const expected = Array.from({ length: run.newest }, (_, index) => index + 1);
  assert.deepEqual(
    numbers,
    expected.filter((number) => number >= run.purgedBelow),
    where,
  );
  assert.equal((await findRepoById(world.db, repoId))?.counter, run.newest, where);
  for (const build of builds) {
    noteMove(run, 'build', build.id, build.status, where);
    const stages = await listStages(world.db, build.id);
    for (const stage of stages) {
      noteMove(run, 'stage', stage.id, stage.status, where);
      for (const step of await listSteps(world.db, stage.id))
        noteMove(run, 'step', step.id, step.status, where);
    }
    const hasOpenStage = stages.some(({ status }) => !isDone(status));
    assert.equal(isDone(build.status), !hasOpenStage, `${where}: build ${build.number} is ${build.status}`);
    assert.equal(build.finished > 0, isDone(build.status), `${where}: build ${build.number} finished`);
  }
}

function noteMove({ seen }: Run, owner: StatusOwner, id: number, status: Status, where: string): void {
  const key = `${owner} ${id}`;
  const before = seen.get(key);
  seen.set(key, status);
  if (before === undefined || before === status) return;
  assert.ok(
    canMove(owner, before, status) || skips(owner, before, status),
    `${where}: ${key} ${before} → ${status}`,
  );
}

/** One call may make two moves at once: what is seen in between is nobody's business. */
function skips(owner: StatusOwner, before: Status, status: Status): boolean {
  const between = ['pending', 'running', 'waiting_on_dependencies'] as const;
  return between.some((middle) => canMove(owner, before, middle) && canMove(owner, middle, status));
}
