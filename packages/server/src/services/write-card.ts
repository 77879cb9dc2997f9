import type { Build } from '@sortie/core/build';
import { lockBuild } from '../store/builds.ts';
import { removeCard, upsertCard } from '../store/cards.ts';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import { appendEvent } from '../store/events.ts';

export interface WriteCardDeps {
  readonly db: Db;
  readonly events: { publish(): void };
  /** Unix seconds. */
  readonly now: () => number;
}

export interface CardOfStep {
  readonly build: Pick<Build, 'id' | 'repoId'>;
  readonly stepId: number;
}

/** Stores the card of a step, `data` being JSON text, in place of an earlier one. False when the step is gone. */
export function writeCard(
  deps: WriteCardDeps,
  at: CardOfStep,
  card: { readonly schema: string; readonly data: string },
): Promise<boolean> {
  return changeStep(deps, at, (tx) => upsertCard(tx, { stepId: at.stepId, ...card }));
}

/** False when the step has no card. */
export function deleteCard(deps: WriteCardDeps, at: CardOfStep): Promise<boolean> {
  return changeStep(deps, at, (tx) => removeCard(tx, at.stepId));
}

/** A card shows in its step, so that who follows the build is told. */
async function changeStep(
  deps: WriteCardDeps,
  { build }: CardOfStep,
  work: (tx: Tx) => Promise<boolean>,
): Promise<boolean> {
  const hasChanged = await inTransaction(deps.db, async (tx) => {
    if ((await lockBuild(tx, build.id)) === undefined || !(await work(tx))) return false;
    const created = deps.now();
    await appendEvent(tx, { repoId: build.repoId, buildId: build.id, change: 'updated', created });
    return true;
  });
  if (hasChanged) deps.events.publish();
  return hasChanged;
}
