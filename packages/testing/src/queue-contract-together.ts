import assert from 'node:assert/strict';
import type { Repo } from '@sortie/core/repo';
import { type Db, inTransaction, type Tx } from '@sortie/server/store/db';
import { claimStage, claimStages } from '@sortie/server/store/leases';
import { updateRepo } from '@sortie/server/store/repos';
import type { LeasedStage } from '@sortie/server/store/stage-rows';
import type { StageDraft } from '@sortie/server/store/stages';
import { aRunner, aStageDraft, TEST_NOW } from './domain-builders.ts';
import { type QueueCase, runThrough, take } from './queue-runs.ts';
import { AT_ONCE, type QueueWorld } from './queue-world.ts';

const LEASE = { nowMs: TEST_NOW * 1000, expiresMs: TEST_NOW * 1000 + 60_000 };

/** Which repositories go before others by their setting. */
export function preferring(it: QueueCase): void {
  it('[W 27] the repository with the highest priority goes first, however much it holds', async (world) => {
    await queued(world, 2, { name: 'plain' });
    await queued(world, 1, { name: 'late', priority: -1 });
    const { slug } = await queued(world, 3, { name: 'urgent', priority: 5 });
    const slugs = [];
    for (let count = 0; count < 6; count += 1) slugs.push((await take(world)).repo.slug);
    const [plain, late] = ['octocat/plain', 'octocat/late'];
    assert.deepEqual(slugs, [slug, slug, slug, plain, plain, late]);
  });

  it('[W 27] repositories of one priority share as without one, each in its own order', async (world) => {
    const one = await queued(world, 3, { name: 'one', priority: 5 });
    const two = await queued(world, 2, { name: 'two', priority: 5 });
    const taken = [];
    for (let count = 0; count < 5; count += 1) taken.push(await take(world));
    assert.deepEqual(
      taken.map(({ repo, build }) => [repo.id, build.number]),
      [
        [one.id, 2],
        [two.id, 2],
        [one.id, 3],
        [two.id, 3],
        [one.id, 4],
      ],
    );
  });

  it('[W 27] a change of the priority counts for what waits already', async (world) => {
    const first = await queued(world, 2);
    const second = await queued(world, 1);
    await updateRepo(world.db, second.id, { priority: 1 });
    await updateRepo(world.db, first.id, { priority: 100 });
    assert.equal((await take(world)).repo.id, first.id);
    await updateRepo(world.db, first.id, { priority: -100 });
    assert.equal((await take(world)).repo.id, second.id);
  });

  it('[W 27] a repository with priority that its throttle holds up lets others go', async (world) => {
    const urgent = await queued(world, 2, { priority: 100 }, { throttle: 1 });
    const other = await queued(world, 2);
    const first = await take(world);
    assert.deepEqual([first.repo.id, (await take(world)).repo.id], [urgent.id, other.id]);
    await runThrough(world, first);
    assert.equal((await take(world)).repo.id, urgent.id);
  });
}

/** Stages that are taken several at once, and by several at once. */
export function takingTogether(it: QueueCase): void {
  it('[W 27] stages that are taken together are those that would be taken one after the other', async (world) => {
    const random = createRandom(11);
    const repos: { readonly repo: Repo; readonly throttle: number }[] = [];
    for (let at = 0; at < 6; at += 1) {
      const repo = await queued(world, 0, {
        namespace: ['large', 'small'][Math.min(random(4), 1)] ?? '',
        name: `repo-${at}`,
        priority: Math.max(0, random(4) - 2),
      });
      repos.push({ repo, throttle: [0, 0, 2, 4][random(4)] ?? 0 });
    }
    for (let round = 0; round < 12; round += 1) {
      for (let count = 0; count < 8; count += 1) {
        const { repo, throttle } = repos[random(repos.length)] ?? assert.fail();
        const limits = { limit: Math.max(0, random(5) - 2), limitGroup: ['', 'web'][random(2)] ?? '' };
        const type = random(5) === 0 ? 'exec' : 'docker';
        await world.start([aStageDraft({ name: `stage-${random(2)}`, throttle, type, ...limits })], {
          in: repo,
        });
      }
      const repoIds = round % 3 === 0 ? { repoIds: repos.slice(0, 4).map(({ repo }) => repo.id) } : {};
      const count = 1 + random(14);
      const singly = await undone(world.db, (tx) => oneByOne(tx, count, repoIds));
      const together = await inTransaction(world.db, (tx) =>
        claimStages(tx, aRunner(), { ...LEASE, ...repoIds, count }),
      );
      assert.deepEqual(idsOf(together), singly, `round ${round}`);
    }
  });

  it('[runner 24] those who take several at once get different stages and leave none', async (world) => {
    for (let count = 0; count < 4; count += 1) await queued(world, 6);
    const taken = await Promise.all([9, 9, 9, 9].map((count) => takeMany(world.db, count)));
    const ids = taken.flatMap(idsOf);
    assert.deepEqual([ids.length, new Set(ids).size], [24, 24]);
  });

  const bounds: readonly (readonly [string, Partial<StageDraft>])[] = [
    ['a throttle', { throttle: 3 }],
    ['a limit', { limit: 3 }],
    ['a limit of a group', { limit: 3, limitGroup: 'deploy' }],
  ];
  for (const [name, draft] of bounds) {
    it(`[runner 28] [runner 30] ${name} holds when several are taken at once, by several at once`, async (world) => {
      const repo = await queued(world, 8, {}, draft);
      const other = await queued(world, 8, {}, draft);
      const taken = (await Promise.all([5, 5, 5, 5].map((count) => takeMany(world.db, count)))).flat();
      const per = (id: number) => taken.filter((stage) => stage.repoId === id).length;
      assert.deepEqual([per(repo.id), per(other.id)], [3, 3]);
      assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
    });
  }

  it('[runner 28] those who want bounded stages of several repositories do not wait for each other in a ring', async (world) => {
    const repos: Repo[] = [];
    for (let count = 0; count < 4; count += 1) repos.push(await queued(world, 2, {}, { throttle: 1 }));
    let tries = 0;
    const taken = await Promise.all(
      repos.map((_, first) =>
        inTransaction(world.db, async (tx) => {
          tries += 1;
          const stages = [];
          for (const at of repos.keys()) {
            const { id } = repos[(first + at) % repos.length] ?? assert.fail();
            stages.push(...(await claimStages(tx, aRunner(), { ...LEASE, count: 1, repoIds: [id] })));
          }
          return stages;
        }),
      ),
    );
    assert.deepEqual([taken.flat().length, tries], [4, 4]);
  });

  it('[runner 30] stages from before and after a change of the throttle are held up each by its own', async (world) => {
    const repo = await queued(world, 3, {}, { throttle: 1 });
    for (const throttle of [2, 0, 5]) await world.start([aStageDraft({ throttle })], { in: repo });
    const taken = await takeMany(world.db, 9);
    // Three are in hands then: more than the first ones allow, and less than the last.
    assert.deepEqual(taken.map(({ throttle }) => throttle).sort(), [0, 1, 5]);
  });
}

function takeMany(db: Db, count: number): Promise<readonly LeasedStage[]> {
  return inTransaction(db, (tx) => claimStages(tx, aRunner(), { ...LEASE, count }));
}

async function oneByOne(tx: Tx, count: number, options: { readonly repoIds?: readonly number[] }) {
  const ids: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const stage = await claimStage(tx, aRunner(), { ...LEASE, ...options });
    if (stage !== undefined) ids.push(stage.id);
  }
  return ids;
}

class Undone extends Error {}

/** What the work returns, without what it has changed. */
async function undone<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  const results: T[] = [];
  try {
    await inTransaction(db, async (tx) => {
      results.push(await work(tx));
      throw new Undone();
    });
  } catch (error) {
    if (!(error instanceof Undone)) throw error;
  }
  return results[0] ?? assert.fail('the work has not been done');
}

/** A repository with so many builds of one stage. */
async function queued(
  world: QueueWorld,
  count: number,
  repo: Partial<Repo> = {},
  draft: Partial<StageDraft> = {},
): Promise<Repo> {
  const made = await world.start([], { repo });
  for (let at = 0; at < count; at += 1) await world.start([aStageDraft(draft)], { in: made.repo });
  return made.repo;
}

function idsOf(stages: readonly LeasedStage[]): readonly number[] {
  return stages.map(({ id }) => id);
}

/** Whole numbers below a limit, the same ones each time. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}
