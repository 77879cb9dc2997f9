import assert from 'node:assert/strict';
import { sweep } from '@sortie/server/services/sweep';
import { findBuildById } from '@sortie/server/store/builds';
import { expireLeasesOfRunner } from '@sortie/server/store/leases';
import { findLog } from '@sortie/server/store/logs';
import { listStages } from '@sortie/server/store/stages';
import { listSteps } from '@sortie/server/store/steps';
import { aStageDraft } from './domain-builders.ts';
import { aPiece, type QueueCase, runThrough, take } from './queue-runs.ts';
import { aStageReport, aStep, aStepReport } from './queue-world.ts';
import { rejectsWith } from './rejects-with.ts';

/** Runners that fall silent. */
export function losing(it: QueueCase): void {
  it('[runner 91] a stage whose runner falls silent before any step is handed out again, and the old lease is void', async (world) => {
    const { build } = await world.start();
    const old = await take(world);
    await world.queue.begin(old.lease, [aStep()]);
    world.advance(90_001);
    const { expired } = await sweep(world);
    assert.deepEqual(expired, [{ stageId: old.stage.id, runner: 'runner-1', outcome: 'requeued' }]);
    const again = await take(world, 'runner-2');
    assert.equal(again.lease.attempt, 2);
    assert.ok(again.lease.fence > old.lease.fence);
    await rejectsWith('lease-lost', world.queue.heartbeat(old.lease));
    await rejectsWith('lease-lost', world.queue.begin(old.lease, [aStep()]));
    await rejectsWith('lease-lost', world.queue.finish(old.lease, aStageReport({ status: 'failure' })));
    await runThrough(world, again);
    assert.equal((await findBuildById(world.db, build.id))?.status, 'success');
    assert.equal((await listSteps(world.db, again.stage.id)).length, 1);
  });

  it('a stage that no runner survives ends after its third attempt', async (world) => {
    const { build } = await world.start();
    for (const attempt of [1, 2, 3]) {
      assert.equal((await take(world)).lease.attempt, attempt);
      world.advance(90_001);
      await sweep(world);
    }
    assert.equal((await findBuildById(world.db, build.id))?.status, 'error');
  });

  it('[runner 92] a runner lost while a step runs makes the stage an error and keeps the log', async (world) => {
    const { build } = await world.start([aStageDraft(), aStageDraft({ number: 2, dependsOn: ['default'] })]);
    const { lease, stage } = await take(world);
    const [step] = await world.queue.begin(lease, [aStep(), aStep({ number: 2 })]);
    const id = step?.id ?? 0;
    await world.queue.updateStep(lease, aStepReport(id));
    await world.queue.appendLog(lease, id, aPiece(0, 'half a li'));
    world.advance(90_001);
    assert.equal((await sweep(world)).expired[0]?.outcome, 'lost');
    const stages = await listStages(world.db, build.id);
    assert.deepEqual(
      stages.map((row) => [row.status, row.error]),
      [
        ['error', 'runner lost'],
        ['skipped', ''],
      ],
    );
    assert.deepEqual(
      (await listSteps(world.db, stage.id)).map((row) => row.status),
      ['error', 'skipped'],
    );
    assert.equal((await findBuildById(world.db, build.id))?.status, 'error');
    const log = await findLog(world.db, id);
    assert.equal(log?.isClosed, true);
    const lines = await world.logs.readLines(log?.fileKey ?? '', { fromLine: 0, limit: 9 });
    assert.deepEqual(
      lines.map((line) => line.out),
      ['half a li\n', '[runner lost: the log ends here]\n'],
    );
    await rejectsWith('lease-lost', world.queue.appendLog(lease, id, aPiece(9, 'ne')));
    await rejectsWith('lease-lost', world.queue.finish(lease, aStageReport()));
  });

  it('heartbeats keep a lease however long the stage takes', async (world) => {
    await world.start();
    const { lease } = await take(world);
    for (let beat = 0; beat < 5; beat += 1) {
      world.advance(60_000);
      assert.deepEqual(await world.queue.heartbeat(lease), { isCancelled: false });
      assert.deepEqual((await sweep(world)).expired, []);
    }
  });

  it('leases of a runner that is known to be gone end at once', async (world) => {
    await world.start();
    await take(world);
    assert.equal(await expireLeasesOfRunner(world.db, 'runner-1'), 1);
    assert.equal((await sweep(world)).expired[0]?.outcome, 'requeued');
  });

  it('[runner 90] a stage over its time limit is cancelled by the server', async (world) => {
    const { build } = await world.start([aStageDraft()], { repo: { timeoutMinutes: 1 } });
    const { lease } = await take(world);
    const [step] = await world.queue.begin(lease, [aStep()]);
    await world.queue.updateStep(lease, aStepReport(step?.id ?? 0));
    for (let minute = 0; minute < 7; minute += 1) {
      world.advance(60_000);
      await world.queue.heartbeat(lease);
    }
    assert.deepEqual((await sweep(world)).cancelledIds, [build.id]);
    assert.deepEqual(await world.queue.heartbeat(lease), { isCancelled: true });
    assert.equal((await findBuildById(world.db, build.id))?.status, 'killed');
  });
}
