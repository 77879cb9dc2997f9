import assert from 'node:assert/strict';
import { cancelBuild, cancelSupersededBuilds } from '@sortie/server/services/cancel-build';
import { sweep } from '@sortie/server/services/sweep';
import { findBuildById } from '@sortie/server/store/builds';
import { listStages } from '@sortie/server/store/stages';
import { listSteps } from '@sortie/server/store/steps';
import { aRunner, aStageDraft } from './domain-builders.ts';
import { chain, type QueueCase, runThrough, statusesAfter, take } from './queue-runs.ts';
import { AT_ONCE, aStageReport, aStep, aStepReport } from './queue-world.ts';
import { rejectsWith } from './rejects-with.ts';

/** How stages release each other. */
export function advancing(it: QueueCase): void {
  it('[runner 83] a failure skips everything behind it', async (world) => {
    assert.deepEqual(await statusesAfter(world, 'failure', chain(['default', 'b', 'c'])), [
      'failure',
      'skipped',
      'skipped',
    ]);
  });

  it('[runner 84] a failure skips everything behind it whatever the order in the file', async (world) => {
    const [a, b, c] = chain(['default', 'b', 'c']);
    const reversed = [c, b, a].map((stage, index) => ({ ...(stage ?? aStageDraft()), number: index + 1 }));
    assert.deepEqual(await statusesAfter(world, 'failure', reversed), ['skipped', 'skipped', 'failure']);
  });

  it('[runner 85] a stage for failures runs after one and is skipped after a success', async (world) => {
    const stages = [
      aStageDraft(),
      aStageDraft({ number: 2, dependsOn: ['default'], onSuccess: false, onFailure: true }),
    ];
    assert.deepEqual(await statusesAfter(world, 'failure', stages), ['failure', 'pending']);
    const { build } = await world.start(stages);
    await runThrough(world, await take(world, 'runner-1', build.id));
    assert.equal((await findBuildById(world.db, build.id))?.status, 'success');
  });

  it('a success releases the next stage to a runner that waits', async (world) => {
    await world.start(chain(['default', 'b']));
    const first = await take(world);
    const waiting = world.queue.request(aRunner({ name: 'runner-2' }), { ...AT_ONCE, waitMs: 600_000 });
    await runThrough(world, first);
    assert.equal((await waiting)?.stage.name, 'b');
  });

  it('[runner 32] waiting and blocked stages are not handed out', async (world) => {
    await world.start([
      aStageDraft({ status: 'blocked' }),
      aStageDraft({ number: 2, dependsOn: ['default'] }),
    ]);
    assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
  });

  it('a sweep leaves a build alone that waits for a runner', async (world) => {
    await world.start();
    assert.deepEqual(await sweep(world), { expired: [], advancedIds: [], cancelledIds: [] });
  });
}

/** Cancel and auto-cancel. */
export function cancelling(it: QueueCase): void {
  it('[runner 80] a cancel ends everything at once and is cancelling until the runner has confirmed', async (world) => {
    const { build } = await world.start([aStageDraft(), aStageDraft({ number: 2, dependsOn: ['default'] })]);
    const { lease, stage } = await take(world);
    const [step] = await world.queue.begin(lease, [aStep(), aStep({ number: 2 })]);
    await world.queue.updateStep(lease, aStepReport(step?.id ?? 0));
    const watch = world.queue.watchCancel(lease, AT_ONCE.signal);
    const cancelled = await cancelBuild(world, build.id);
    assert.deepEqual([cancelled?.status, cancelled?.isCancelling], ['killed', true]);
    await watch;
    const stages = await listStages(world.db, build.id);
    assert.deepEqual(
      stages.map((row) => row.status),
      ['killed', 'skipped'],
    );
    const steps = await listSteps(world.db, stage.id);
    assert.deepEqual(
      steps.map((row) => [row.status, row.exitCode]),
      [
        ['killed', 130],
        ['skipped', 130],
      ],
    );
    await world.queue.updateStep(lease, aStepReport(step?.id ?? 0, { status: 'success' }));
    await world.queue.finish(lease, aStageReport({ status: 'success' }));
    const after = await findBuildById(world.db, build.id);
    assert.deepEqual([after?.status, after?.isCancelling], ['killed', false]);
    assert.deepEqual(
      await listStages(world.db, build.id),
      stages.map((row, index) => ({ ...row, version: stages[index]?.version ?? 0 })),
    );
  });

  it('[runner 37] a stage that was cancelled after its hand-out cannot begin', async (world) => {
    const { build } = await world.start();
    const { lease } = await take(world);
    await cancelBuild(world, build.id);
    await rejectsWith('lease-lost', world.queue.begin(lease, [aStep()]));
    await world.queue.finish(lease, aStageReport({ status: 'killed' }));
    const after = await findBuildById(world.db, build.id);
    assert.deepEqual([after?.status, after?.isCancelling], ['killed', false]);
  });

  it('[runner 77] a watch that begins after the cancel ends at once', async (world) => {
    const { build } = await world.start();
    const { lease } = await take(world);
    await cancelBuild(world, build.id);
    await world.queue.watchCancel(lease, AT_ONCE.signal);
    assert.deepEqual(await world.queue.heartbeat(lease), { isCancelled: true });
  });

  it('[runner 82] cancelling a finished build changes nothing', async (world) => {
    const { build } = await world.start();
    await runThrough(world, await take(world));
    const before = await findBuildById(world.db, build.id);
    assert.deepEqual(await cancelBuild(world, build.id), before);
    assert.equal(await cancelBuild(world, build.id + 1), undefined);
  });

  it('a cancelled build whose runner is lost stops being cancelling when the lease ends', async (world) => {
    const { build } = await world.start();
    await take(world);
    await cancelBuild(world, build.id);
    world.advance(90_001);
    assert.equal((await sweep(world)).expired[0]?.outcome, 'cancelled');
    assert.equal((await findBuildById(world.db, build.id))?.isCancelling, false);
  });

  it('[runner 89] a newer push makes older pending builds of its ref skipped, and running ones if wanted', async (world) => {
    const { repo, build: running } = await world.start([aStageDraft()], { repo: { autoCancelPushes: true } });
    await world.queue.begin((await take(world)).lease, [aStep()]);
    const { build: pending } = await world.start([aStageDraft()], { in: repo });
    const { build: other } = await world.start([aStageDraft()], { in: repo, build: { ref: 'refs/heads/x' } });
    const { build: newest } = await world.start([aStageDraft()], { in: repo });
    assert.deepEqual(await cancelSupersededBuilds(world, { repo, build: newest }), [pending.id]);
    const eager = { ...repo, autoCancelRunning: true };
    assert.deepEqual(await cancelSupersededBuilds(world, { repo: eager, build: newest }), [running.id]);
    const statuses = [];
    for (const { id } of [running, pending, other, newest])
      statuses.push((await findBuildById(world.db, id))?.status);
    assert.deepEqual(statuses, ['skipped', 'skipped', 'pending', 'pending']);
  });

  it('a pull request makes none of another fork skipped, also where pull requests have no refs', async (world) => {
    const change = { event: 'pull_request', ref: 'refs/heads/main', sourceRepo: 'ada/app' } as const;
    const { repo, build: first } = await world.start([aStageDraft()], { build: change });
    const { build: eves } = await world.start([aStageDraft()], {
      in: repo,
      build: { ...change, sourceRepo: 'eve/app' },
    });
    const eager = { ...repo, autoCancelPullRequests: true };
    assert.deepEqual(await cancelSupersededBuilds(world, { repo: eager, build: eves }), []);
    const { build: next } = await world.start([aStageDraft()], { in: repo, build: change });
    assert.deepEqual(await cancelSupersededBuilds(world, { repo: eager, build: next }), [first.id]);
  });
}
