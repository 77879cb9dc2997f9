import assert from 'node:assert/strict';
import { createBuild } from '@sortie/server/services/create-build';
import { findCard, putCardData } from '@sortie/server/store/cards';
import { inTransaction } from '@sortie/server/store/db';
import { insertRepo } from '@sortie/server/store/repos';
import { listStages } from '@sortie/server/store/stages';
import { findStepById, insertSteps } from '@sortie/server/store/steps';
import { aBuildDraft, aRepo, aStageDraft, TEST_NOW } from './domain-builders.ts';
import { aStep } from './queue-world.ts';
import type { StoreCase } from './store-case.ts';

/** Cards as runners send them, apart from what they say about the step. */
export function keepingCards(it: StoreCase): void {
  it('the data of a card takes the place of earlier data and leaves the step as it is', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const deps = { db, events: { publish: () => undefined }, wake: () => undefined, now: () => TEST_NOW };
    const build = await createBuild(deps, { repo, draft: aBuildDraft(), stages: [aStageDraft()] });
    const [stage] = await listStages(db, build.id);
    const [step] = await inTransaction(db, (tx) =>
      insertSteps(tx, { id: stage?.id ?? 0, attempt: 1 }, [aStep()]),
    );
    const stepId = step?.id ?? 0;
    await putCardData(db, { stepId, data: '{"a":1}' });
    await putCardData(db, { stepId, data: '{"a":2}' });
    assert.equal(await findCard(db, stepId), '{"a":2}');
    assert.equal((await findStepById(db, stepId))?.version, step?.version);
    await putCardData(db, { stepId: stepId + 1, data: '{}' });
    assert.equal(await findCard(db, stepId + 1), undefined, 'a step that is gone has no card');
  });
}
