import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aBuild, aStage, aStep } from '../testing/sample.ts';
import { failedSteps, selectStep } from './select-step.ts';

const NOTHING = { stage: undefined, step: undefined };

const failed = aBuild({
  stages: [
    aStage({ number: 1, steps: [aStep({ number: 1 }), aStep({ number: 2 })] }),
    aStage({
      id: 2,
      number: 2,
      status: 'failure',
      steps: [
        aStep({ number: 1 }),
        aStep({ number: 2, status: 'failure', errignore: true }),
        aStep({ number: 3, status: 'failure' }),
      ],
    }),
  ],
});

function place(
  build: typeof failed,
  wanted: { stage: number | undefined; step: number | undefined },
): string {
  const found = selectStep(build, wanted);
  return found === undefined ? 'none' : `${found.stage.number}/${found.step?.number ?? '-'}`;
}

test('[ui U35] a failed build opens at the first step that made it fail', () => {
  assert.equal(place(failed, NOTHING), '2/3');
});

test('[ui U35] a running build opens at its running step, a passed one at its last', () => {
  const steps = [
    aStep({ number: 1 }),
    aStep({ number: 2, status: 'running' }),
    aStep({ number: 3, started: 0, status: 'pending' }),
  ];
  assert.equal(place(aBuild({ stages: [aStage({ status: 'running', steps })] }), NOTHING), '1/2');
  assert.equal(
    place(aBuild({ stages: [aStage({ steps: [aStep({ number: 1 }), aStep({ number: 2 })] })] }), NOTHING),
    '1/2',
  );
});

test('[ui U36] an address names its exact step', () => {
  assert.equal(place(failed, { stage: 1, step: 2 }), '1/2');
});

test('[ui U37] a stage or step that does not exist selects nothing', () => {
  assert.equal(place(failed, { stage: 9, step: undefined }), 'none');
  assert.equal(place(failed, { stage: 1, step: 9 }), 'none');
  assert.equal(place(aBuild(), NOTHING), 'none');
});

test('all failed steps are known in order', () => {
  assert.deepEqual(
    failedSteps(failed).map(({ step }) => step?.number),
    [2, 3],
  );
});
