import assert from 'node:assert/strict';
import { findBuildById } from '@sortie/server/store/builds';
import { listEventsAfter } from '@sortie/server/store/events';
import { findLog } from '@sortie/server/store/logs';
import { listDueIntents } from '@sortie/server/store/outbox';
import { listStages } from '@sortie/server/store/stages';
import { listSteps } from '@sortie/server/store/steps';
import { aStageDraft, TEST_NOW } from './domain-builders.ts';
import { aPiece, type QueueCase, runThrough, take } from './queue-runs.ts';
import { aStageReport, aStep, aStepReport } from './queue-world.ts';
import { rejectsWith } from './rejects-with.ts';

/** What a runner says about its stage. */
export function reporting(it: QueueCase): void {
  it('[runner 46] the first begin starts the build and writes its steps', async (world) => {
    const { build } = await world.start();
    const { lease } = await take(world);
    const steps = await world.queue.begin(lease, [aStep(), aStep({ number: 2, name: 'test' })]);
    assert.deepEqual(
      steps.map((step) => [step.number, step.name, step.status]),
      [
        [1, 'step-1', 'pending'],
        [2, 'test', 'pending'],
      ],
    );
    const running = await findBuildById(world.db, build.id);
    assert.deepEqual([running?.status, running?.started], ['running', TEST_NOW]);
  });

  it('[runner 47] a begin that is sent again gives the same steps', async (world) => {
    await world.start();
    const { lease } = await take(world);
    const steps = await world.queue.begin(lease, [aStep()]);
    assert.deepEqual(await world.queue.begin(lease, [aStep()]), steps);
  });

  it('[runner 57] a stage that runs through makes its build a success, once', async (world) => {
    const { build } = await world.start();
    const assignment = await take(world);
    await runThrough(world, assignment);
    const after = await findBuildById(world.db, build.id);
    assert.equal(after?.status, 'success');
    await world.queue.finish(assignment.lease, aStageReport());
    assert.deepEqual(await findBuildById(world.db, build.id), after);
    const changes = (await listEventsAfter(world.db, 0, 100)).map((event) => event.change);
    assert.deepEqual([changes.at(0), changes.at(-1)], ['created', 'finished']);
    assert.equal(changes.filter((change) => change === 'finished').length, 1);
    const statuses = (await listDueIntents(world.db, TEST_NOW + 60, 100)).filter(
      ({ kind }) => kind === 'status',
    );
    assert.deepEqual(
      statuses.map(({ payload }) => JSON.parse(payload).status),
      ['pending', 'running', 'success'],
    );
  });

  it('[runner 59] two stages that finish at once end the build once', async (world) => {
    const { build } = await world.start([aStageDraft(), aStageDraft({ number: 2 })]);
    const both = [await take(world), await take(world)];
    for (const { lease } of both) await world.queue.begin(lease, [aStep()]);
    await Promise.all(both.map(({ lease }) => world.queue.finish(lease, aStageReport())));
    assert.equal((await findBuildById(world.db, build.id))?.status, 'success');
    const changes = (await listEventsAfter(world.db, 0, 100)).map((event) => event.change);
    assert.equal(changes.filter((change) => change === 'finished').length, 1);
  });

  it('[runner 60] a failed step that does not count leaves the build a success', async (world) => {
    const { build } = await world.start();
    const { lease, stage } = await take(world);
    const [step] = await world.queue.begin(lease, [aStep({ errIgnore: true })]);
    const failed = aStepReport(step?.id ?? 0, { status: 'failure', exitCode: 2, stopped: TEST_NOW + 3 });
    await world.queue.finish(lease, aStageReport({ steps: [failed] }));
    assert.deepEqual(
      (await listSteps(world.db, stage.id)).map((row) => [row.status, row.exitCode]),
      [['failure', 2]],
    );
    assert.equal((await findBuildById(world.db, build.id))?.status, 'success');
  });

  it('a finished step never changes again', async (world) => {
    await world.start();
    const { lease, stage } = await take(world);
    const [step] = await world.queue.begin(lease, [aStep()]);
    const id = step?.id ?? 0;
    await world.queue.updateStep(lease, aStepReport(id));
    await world.queue.updateStep(
      lease,
      aStepReport(id, { status: 'failure', exitCode: 1, stopped: TEST_NOW + 2 }),
    );
    const [before] = await listSteps(world.db, stage.id);
    await world.queue.updateStep(lease, aStepReport(id, { status: 'success', stopped: TEST_NOW + 3 }));
    await world.queue.updateStep(lease, aStepReport(id));
    assert.deepEqual(await listSteps(world.db, stage.id), [before]);
    assert.equal(before?.status, 'failure');
  });

  it('a step of another stage is refused', async (world) => {
    await world.start([aStageDraft(), aStageDraft({ number: 2 })]);
    const [mine, other] = [await take(world), await take(world)];
    await world.queue.begin(mine.lease, [aStep()]);
    const [foreign] = await world.queue.begin(other.lease, [aStep()]);
    await rejectsWith('not-found', world.queue.updateStep(mine.lease, aStepReport(foreign?.id ?? 0)));
    await rejectsWith('lease-lost', world.queue.appendLog(mine.lease, foreign?.id ?? 0, aPiece(0, 'x')));
  });

  it('[runner 56] a long error text is cut between characters', async (world) => {
    await world.start();
    const { lease, stage } = await take(world);
    await world.queue.begin(lease, []);
    await world.queue.finish(lease, aStageReport({ status: 'error', error: '😀'.repeat(2000) }));
    const [row] = await listStages(world.db, stage.buildId);
    assert.equal(row?.error, '😀'.repeat(500));
  });

  it('a stage cannot end as running', async (world) => {
    await world.start();
    const { lease } = await take(world);
    await rejectsWith('invalid-request', world.queue.finish(lease, aStageReport({ status: 'running' })));
  });

  it('a log arrives, takes repeats, refuses gaps and is closed with its stage', async (world) => {
    await world.start();
    const { lease } = await take(world);
    const [step] = await world.queue.begin(lease, [aStep()]);
    const id = step?.id ?? 0;
    await world.queue.updateStep(lease, aStepReport(id));
    assert.deepEqual(await world.queue.appendLog(lease, id, aPiece(0, 'one\ntwo')), { size: 7 });
    assert.deepEqual(await world.queue.appendLog(lease, id, aPiece(0, 'one\ntwo')), { size: 7 });
    await rejectsWith('log-gap', world.queue.appendLog(lease, id, aPiece(9, 'x')));
    await world.queue.finish(lease, aStageReport());
    const log = await findLog(world.db, id);
    assert.deepEqual([log?.size, log?.lines, log?.isClosed], [7, 2, true]);
    await rejectsWith('lease-lost', world.queue.appendLog(lease, id, aPiece(7, 'x')));
  });
}
