import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease, RunnerIdentity } from '@sortie/core/runner';
import type { WaitingReason } from '@sortie/core/waiting';
import { aRunner, aStageDraft } from '@sortie/testing/domain-builders';
import { openQueueWorld } from '@sortie/testing/queue-views';
import { AT_ONCE, aStageReport, aStep, type QueueWorld } from '@sortie/testing/queue-world';
import { inTransaction } from '../store/db.ts';
import { claimStage } from '../store/leases.ts';
import { listOpenStages } from '../store/open-stages.ts';
import { upsertRunner } from '../store/runners.ts';
import { listStages } from '../store/stages.ts';
import { explainBuild, explainQueue } from './explain-waiting.ts';
import { pauseQueue } from './pause.ts';

function depsOf(world: QueueWorld, mayRead: (repo: { readonly id: number }) => boolean = () => true) {
  return { db: world.db, now: world.now, loadReadable: async () => mayRead };
}

async function openWorld(t: { after(work: () => Promise<void>): void }): Promise<QueueWorld> {
  const world = await openQueueWorld();
  t.after(() => world.close());
  return world;
}

/** The reasons of the first stage of a build. */
async function reasonsOf(world: QueueWorld, buildId: number, mayRead?: Parameters<typeof depsOf>[1]) {
  const stages = await listStages(world.db, buildId);
  return (await explainBuild(depsOf(world, mayRead), stages)).get(stages[0]?.id ?? 0) ?? [];
}

/** The reason of this code, which must be there. */
function the<C extends WaitingReason['code']>(code: C, reasons: readonly WaitingReason[]) {
  const found = reasons.find(
    (reason): reason is WaitingReason & { readonly code: C } => reason.code === code,
  );
  assert.ok(found, JSON.stringify(reasons));
  return found;
}

const PLATFORMS = [
  { os: 'linux', arch: 'amd64', variant: '', version: '' },
  { os: 'linux', arch: 'arm', variant: 'v7', version: '' },
  { os: 'windows', arch: 'amd64', variant: '', version: '1809' },
];
const LABELS: readonly Readonly<Record<string, string>>[] = [{}, { gpu: 'yes' }, { gpu: 'yes', disk: 'ssd' }];
const TYPES = ['docker', 'exec', ''];

test('what is said of one stage and one runner is what the hand-out does, for all of them', async (t) => {
  const world = await openWorld(t);
  const rollback = new Error('only tried');
  const offers: RunnerIdentity[] = [...PLATFORMS, { os: '', arch: '', variant: '', version: '' }].flatMap(
    (platform) =>
      LABELS.flatMap((labels) =>
        [['docker'], ['docker', 'exec']].map((types) => aRunner({ platform, labels, types })),
      ),
  );
  let taken = 0;
  for (const platform of PLATFORMS) {
    for (const labels of LABELS) {
      for (const type of TYPES) {
        const { build } = await world.start([aStageDraft({ platform, labels, type })]);
        for (const offer of offers) {
          await upsertRunner(world.db, offer, world.now());
          const [reason] = await reasonsOf(world, build.id);
          let claimed: number | undefined;
          await assert.rejects(
            inTransaction(world.db, async (tx) => {
              await tx
                .updateTable('stages')
                .set({ status: 'blocked' })
                .where('build_id', '<>', build.id)
                .execute();
              claimed = (await claimStage(tx, offer, { nowMs: 1, expiresMs: 2 }))?.buildId;
              throw rollback;
            }),
            rollback,
          );
          taken += claimed === undefined ? 0 : 1;
          const said = `${JSON.stringify({ platform, labels, type })} with ${JSON.stringify(offer)}: ${reason?.code}`;
          assert.equal(reason?.code, claimed === build.id ? 'next' : 'no-runner', said);
        }
      }
    }
  }
  assert.ok(taken > 20);
});

test('a limited stage names the older one of its name that holds the slot, also while that waits', async (t) => {
  const world = await openWorld(t);
  await upsertRunner(world.db, aRunner(), world.now());
  const draft = aStageDraft({ limit: 1 });
  const { repo, build: older } = await world.start([draft]);
  const { build: newer } = await world.start([draft], { in: repo });
  await world.start([aStageDraft({ limit: 1 })]);
  assert.equal((await reasonsOf(world, older.id))[0]?.code, 'next');
  const reason = the('limit', await reasonsOf(world, newer.id));
  assert.deepEqual(reason.holders, [{ repo: repo.slug, build: older.number, stage: 'default', runner: '' }]);
});

test('[W 28] a stage with a limit for its group names the one of another name that holds the slot', async (t) => {
  const world = await openWorld(t);
  await upsertRunner(world.db, aRunner(), world.now());
  const { repo, build: older } = await world.start([
    aStageDraft({ name: 'web', limit: 1, limitGroup: 'deploy' }),
  ]);
  const { build: newer } = await world.start([aStageDraft({ name: 'api', limit: 1, limitGroup: 'deploy' })], {
    in: repo,
  });
  const reason = the('limit', await reasonsOf(world, newer.id));
  assert.deepEqual(reason.holders, [{ repo: repo.slug, build: older.number, stage: 'web', runner: '' }]);
});

test('a throttled stage names what runs, and not what only waits', async (t) => {
  const world = await openWorld(t);
  const draft = aStageDraft({ throttle: 1 });
  const { repo, build: older } = await world.start([draft]);
  const { build: newer } = await world.start([draft], { in: repo });
  await upsertRunner(world.db, aRunner(), world.now());
  assert.equal((await reasonsOf(world, newer.id))[0]?.code, 'next');
  assert.ok(await world.queue.request(aRunner(), AT_ONCE));
  const reason = the('throttle', await reasonsOf(world, newer.id));
  assert.deepEqual(reason.holders, [
    { repo: repo.slug, build: older.number, stage: 'default', runner: 'runner-1' },
  ]);
  const handedOut = the('next', await reasonsOf(world, older.id));
  assert.deepEqual(handedOut.runners, ['runner-1']);
});

test('a full runner is named with what it holds, and other repositories only to those who may know them', async (t) => {
  const world = await openWorld(t);
  const held = await world.start();
  const runner = aRunner({ capacity: 1 });
  const assignment = await world.queue.request(runner, AT_ONCE);
  assert.ok(assignment);
  const { build, repo } = await world.start();
  const open = the('busy', await reasonsOf(world, build.id));
  const holder = { repo: held.repo.slug, build: 1, stage: 'default', runner: 'runner-1' };
  assert.deepEqual(open.busy, [{ name: 'runner-1', capacity: 1, holders: [holder] }]);
  const closed = await reasonsOf(world, build.id, ({ id }) => id === repo.id);
  const text = JSON.stringify(closed);
  assert.match(text, /another repository/);
  assert.ok(!text.includes(held.repo.slug));
  await world.queue.begin(assignment.lease, [aStep()]);
  await world.queue.finish(assignment.lease, aStageReport());
  assert.equal((await reasonsOf(world, build.id))[0]?.code, 'next');
});

test('a runner that has been silent too long is lost', async (t) => {
  const world = await openWorld(t);
  await upsertRunner(world.db, aRunner(), world.now());
  const { build } = await world.start();
  world.advance(120_000);
  assert.equal((await reasonsOf(world, build.id))[0]?.code, 'next');
  world.advance(1_000);
  const reason = the('no-runner', await reasonsOf(world, build.id));
  assert.equal(reason.unfit[0]?.failed[0]?.filter, 'lost');
});

test('dependent and blocked stages say what they wait for', async (t) => {
  const world = await openWorld(t);
  const { build } = await world.start([
    aStageDraft(),
    aStageDraft({ number: 2, dependsOn: ['default'] }),
    aStageDraft({ number: 3, status: 'blocked' }),
  ]);
  const stages = await listStages(world.db, build.id);
  const reasons = await explainBuild(depsOf(world), stages);
  const codes = stages.map((stage) => reasons.get(stage.id)?.map(({ code }) => code));
  assert.deepEqual(codes, [['no-runner'], ['dependency'], ['approval']]);
});

test('nothing is read while no stage waits', async (t) => {
  const world = await openWorld(t);
  const { build } = await world.start();
  const stages = (await listStages(world.db, build.id)).map((stage) => ({
    ...stage,
    status: 'success' as const,
  }));
  const db = new Proxy(world.db, {
    get() {
      throw new Error('the database was asked');
    },
  });
  const loadReadable = () => Promise.reject(new Error('rights were asked for'));
  assert.equal((await explainBuild({ db, now: world.now, loadReadable }, stages)).size, 0);
  assert.equal((await explainQueue({ db, now: world.now, loadReadable }, [])).size, 0);
});

test('the queue explains its pending stages, all at once', async (t) => {
  const world = await openWorld(t);
  await upsertRunner(world.db, aRunner(), world.now());
  await world.start();
  const draft = aStageDraft({ limit: 1, throttle: 1 });
  const { repo } = await world.start([draft]);
  await world.start([draft], { in: repo });
  assert.ok(await world.queue.request(aRunner(), AT_ONCE));
  assert.ok(await world.queue.request(aRunner(), AT_ONCE));
  await pauseQueue(world.db);
  const open = await listOpenStages(world.db);
  const reasons = await explainQueue(depsOf(world), open);
  const codes = open.map((stage) => reasons.get(stage.id)?.map(({ code }) => code));
  assert.deepEqual(codes, [['next'], ['next'], ['queue-paused', 'limit', 'throttle', 'busy']]);
});

test('[W 27] in a random queue the next stage is the oldest that nothing holds up, of the repository with less in hands', async (t) => {
  const world = await openWorld(t);
  const runner = aRunner({ capacity: 1_000 });
  await upsertRunner(world.db, runner, world.now());
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const { repo: first } = await world.start([]);
  const { repo: second } = await world.start([]);
  const held: Lease[] = [];
  let handedOut = 0;
  let turnedDown = 0;
  for (let turn = 0; turn < 120; turn += 1) {
    const limits = { limit: random(3), throttle: random(4), limitGroup: ['', 'web'][random(2)] ?? '' };
    const name = ['build', 'deploy'][random(2)] ?? '';
    await world.start([aStageDraft({ name, ...limits })], { in: random(2) === 0 ? first : second });
    if (random(3) > 0) {
      const open = await listOpenStages(world.db);
      const reasons = await explainQueue(depsOf(world), open);
      const inHands = ({ repoId }: { repoId: number }) =>
        open.filter((other) => other.repoId === repoId && other.leaseRunner !== '').length;
      const [next] = open
        .filter(({ id, leaseRunner }) => leaseRunner === '' && reasons.get(id)?.[0]?.code === 'next')
        .sort((left, right) => inHands(left) - inHands(right) || left.id - right.id);
      const assignment = await world.queue.request(runner, AT_ONCE);
      assert.equal(assignment?.stage.id, next?.id);
      if (assignment === undefined) turnedDown += 1;
      else held.push(assignment.lease);
      handedOut += assignment === undefined ? 0 : 1;
    }
    const done = random(5) === 0 ? held.shift() : undefined;
    if (done === undefined) continue;
    await world.queue.begin(done, []);
    await world.queue.finish(done, aStageReport());
  }
  assert.ok(handedOut > 20 && turnedDown > 3, `${handedOut} handed out, ${turnedDown} turned down`);
});
