import type { Build } from '@sortie/core/build';
import type { LegacySecretRules } from '@sortie/core/secret';
import type { Stage } from '@sortie/core/stage';
import type { Step } from '@sortie/core/step';
import { logKey } from '@sortie/server/logs/log-store';
import { cancelBuild } from '@sortie/server/services/cancel-build';
import { createSecret, putLegacySecret } from '@sortie/server/services/set-secret';
import { sweep } from '@sortie/server/services/sweep';
import { findBuildById } from '@sortie/server/store/builds';
import { openDatabase } from '@sortie/server/store/db';
import { listStages } from '@sortie/server/store/stages';
import { listSteps } from '@sortie/server/store/steps';
import { createQueueWorld, type QueueWorld } from './queue-world.ts';

/** A queue world on a fresh database in memory. */
export async function openQueueWorld(): Promise<QueueWorld> {
  return createQueueWorld(await openDatabase({ driver: 'sqlite', path: ':memory:' }));
}

/** What the store holds of a build with one stage. */
export interface StoredBuild {
  readonly build: Build;
  readonly stage: Stage;
  readonly steps: readonly Step[];
}

export async function storedBuild(world: QueueWorld, buildId: number): Promise<StoredBuild> {
  const build = await findBuildById(world.db, buildId);
  const [stage] = await listStages(world.db, buildId);
  if (build === undefined || stage === undefined) throw new Error(`build ${buildId} or its stage is missing`);
  return { build, stage, steps: await listSteps(world.db, stage.id) };
}

/** The log of a step, and whether it is complete. */
export async function storedLog(
  world: QueueWorld,
  { build, steps }: StoredBuild,
  number = 1,
): Promise<{ readonly text: string; readonly isClosed: boolean }> {
  const step = steps.find((known) => known.number === number);
  const key = logKey({ repoId: build.repoId, buildId: build.id, stepId: step?.id ?? 0 });
  const { bytes, isClosed } = await world.logs.read(key, { fromOffset: 0, maxBytes: 1 << 20 });
  return { text: Buffer.from(bytes).toString(), isClosed };
}

/** One pass of what the server does by itself from time to time. */
export async function sweepOnce(world: QueueWorld): Promise<void> {
  await sweep(world);
}

/** Cancels as the API does. */
export async function cancel(world: QueueWorld, buildId: number): Promise<void> {
  await cancelBuild(world, buildId);
}

/** A secret of a repository, for every build but those of pull requests; with rules it is one of the 0.5 API. */
export async function addSecret(
  world: QueueWorld,
  repoId: number,
  secret: { readonly name: string; readonly value: string; readonly rules?: Partial<LegacySecretRules> },
): Promise<void> {
  const { name, value, rules } = secret;
  if (rules === undefined) {
    await createSecret(
      world,
      { repoId },
      { name, value, allowsPullRequests: false, allowsPullRequestPushes: false },
    );
    return;
  }
  const all = { images: ['*'], events: ['*'], skipVerify: false, conceal: false, ...rules };
  await putLegacySecret(world, { repoId }, { name, value, rules: all });
}
