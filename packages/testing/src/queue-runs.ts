import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import type { Assignment } from '@sortie/contract/runner';
import { listStages } from '@sortie/server/store/stages';
import { aRunner, aStageDraft, TEST_NOW } from './domain-builders.ts';
import { AT_ONCE, aStageReport, aStep, aStepReport, type QueueWorld } from './queue-world.ts';

/** Declares one case of the contract; the world is fresh and closed afterwards. */
export type QueueCase = (title: string, body: (world: QueueWorld) => Promise<void>) => void;

/** A stage for the runner, which there must be; of this build when one is named. */
export async function take(world: QueueWorld, name = 'runner-1', buildId?: number): Promise<Assignment> {
  for (;;) {
    const assignment = await world.queue.request(aRunner({ name }), AT_ONCE);
    assert.ok(assignment, 'the queue had no stage for the runner');
    if (buildId === undefined || assignment.build.id === buildId) return assignment;
  }
}

/** Runs a stage of one step to success. */
export async function runThrough(world: QueueWorld, { lease }: Assignment): Promise<void> {
  const [step] = await world.queue.begin(lease, [aStep()]);
  const done = aStepReport(step?.id ?? 0, { status: 'success', stopped: TEST_NOW + 5 });
  await world.queue.updateStep(lease, aStepReport(step?.id ?? 0));
  await world.queue.finish(lease, aStageReport({ steps: [done] }));
}

/** Stages that depend on each other in this order. */
export function chain(names: readonly string[]) {
  return names.map((name, index) =>
    aStageDraft({ number: index + 1, name, ...(index === 0 ? {} : { dependsOn: [names[index - 1] ?? ''] }) }),
  );
}

/** Runs the first stage that is due to this end, and returns the statuses of all. */
export async function statusesAfter(
  world: QueueWorld,
  status: 'failure' | 'success',
  stages: ReturnType<typeof chain>,
) {
  const { build } = await world.start(stages);
  const { lease } = await take(world, 'runner-1', build.id);
  await world.queue.begin(lease, [aStep()]);
  await world.queue.finish(lease, aStageReport({ status }));
  return (await listStages(world.db, build.id)).map((stage) => stage.status);
}

/** A piece of log without marks. */
export function aPiece(offset: number, text: string) {
  const bytes = Buffer.from(text);
  return { offset, bytes, checksum: crc32(bytes), marks: [] };
}
