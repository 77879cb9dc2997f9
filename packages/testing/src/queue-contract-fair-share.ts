import assert from 'node:assert/strict';
import { aRunner, aStageDraft } from './domain-builders.ts';
import { type QueueCase, runThrough, take } from './queue-runs.ts';
import { AT_ONCE, type QueueWorld } from './queue-world.ts';

/** Who is next when several repositories want a runner. */
export function sharing(it: QueueCase): void {
  it('[W 27] repositories take turns, whoever asked first, and each one in its own order', async (world) => {
    const { busy, quiet } = await twoRepos(world, 'octocat', 'octocat');
    assert.deepEqual(await takeSlugs(world, 6), [busy, quiet, busy, quiet, busy, busy]);
  });

  it('[W 27] a repository that holds slots lets one go first that holds none', async (world) => {
    const { repo } = await world.start([1, 2, 3].map((number) => aStageDraft({ number })));
    const first = await take(world);
    await take(world);
    const other = await world.start();
    assert.equal((await take(world)).repo.id, other.repo.id);
    await runThrough(world, first);
    assert.equal((await take(world)).repo.id, repo.id);
  });

  it('[W 27] among repositories with as many slots the organisation with the fewest goes first', async (world) => {
    for (const [namespace, name] of [
      ['large', 'a'],
      ['large', 'b'],
      ['large', 'c'],
      ['small', 'd'],
    ] as const) {
      await world.start([aStageDraft()], { repo: { namespace, name } });
    }
    assert.deepEqual(await takeSlugs(world, 4), ['large/a', 'small/d', 'large/b', 'large/c']);
  });

  it('[W 27] in a repository the oldest goes first, and none that another runner needs is in the way', async (world) => {
    const { repo, build } = await world.start([aStageDraft({ type: 'exec' }), aStageDraft({ number: 2 })]);
    await world.start([aStageDraft()], { in: repo });
    const taken = [await take(world), await take(world)];
    assert.deepEqual(
      taken.map((assignment) => [assignment.build.id === build.id, assignment.stage.number]),
      [
        [true, 2],
        [false, 1],
      ],
    );
  });

  it('[W 27] many runners that ask at once share out fairly and miss nothing', async (world) => {
    await twoRepos(world, 'octocat', 'hubot');
    const runners = Array.from({ length: 6 }, (_, at) => aRunner({ name: `runner-${at}` }));
    const answers = await Promise.all(runners.map((runner) => world.queue.request(runner, AT_ONCE)));
    const stages = answers.flatMap((answer) => answer?.stage.id ?? []);
    assert.deepEqual([stages.length, new Set(stages).size], [6, 6]);
  });

  it('stages of one group count together for their limit, whatever their names, in their repository', async (world) => {
    const inGroup = (name: string, limitGroup = 'deploy') => [aStageDraft({ name, limit: 1, limitGroup })];
    const { repo } = await world.start(inGroup('web'));
    await world.start(inGroup('api'), { in: repo });
    // The name of one is the group of others.
    await world.start(inGroup('deploy', ''), { in: repo });
    await world.start(inGroup('web'));
    const first = await take(world);
    const names = [first, await take(world), await take(world)].map(({ stage }) => stage.name);
    assert.deepEqual(names.sort(), ['deploy', 'web', 'web']);
    assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
    await runThrough(world, first);
    assert.equal((await take(world)).stage.name, 'api');
  });

  it('a limit of several lets so many run, and the older ones first', async (world) => {
    const draft = [aStageDraft({ limit: 2 })];
    const { repo } = await world.start(draft);
    for (let count = 0; count < 3; count += 1) await world.start(draft, { in: repo });
    const [first, second] = [await take(world), await take(world)];
    assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
    await runThrough(world, second);
    const third = await take(world);
    assert.deepEqual(
      [first, second, third].map(({ build }) => build.number),
      [1, 2, 3],
    );
    assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
  });
}

/** One repository with four builds that came first, and one with two. */
async function twoRepos(world: QueueWorld, ...[one, two]: readonly [string, string]) {
  const busy = await world.start([aStageDraft()], { repo: { namespace: one, name: 'busy' } });
  for (let count = 0; count < 3; count += 1) await world.start([aStageDraft()], { in: busy.repo });
  const quiet = await world.start([aStageDraft()], { repo: { namespace: two, name: 'quiet' } });
  await world.start([aStageDraft()], { in: quiet.repo });
  return { busy: busy.repo.slug, quiet: quiet.repo.slug };
}

async function takeSlugs(world: QueueWorld, count: number): Promise<readonly string[]> {
  const slugs: string[] = [];
  for (let at = 0; at < count; at += 1) slugs.push((await take(world, `runner-${at}`)).repo.slug);
  return slugs;
}
