import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectStep } from '../lib/select-step.ts';
import { aBuild, aStage, aStep } from '../testing/sample.ts';
import { buildActions } from './build.ts';

const build = aBuild({
  number: 7,
  status: 'failure',
  stages: [
    aStage({ steps: [aStep({ id: 1 }), aStep({ id: 2, number: 2, status: 'failure' })] }),
    aStage({ id: 2, number: 2, steps: [aStep({ id: 3, status: 'failure' })] }),
  ],
});

function at(stage: number, step: number) {
  const visited: string[] = [];
  const actions = buildActions({
    slug: 'octo/hello',
    build,
    selection: selectStep(build, { stage, step }),
    view: 'log',
    canCancel: false,
    navigate: (href) => visited.push(href),
    askCancel: () => visited.push('cancel'),
  });
  return { actions, visited };
}

test('[ui U98] next and previous walk over the borders of stages', () => {
  const { actions, visited } = at(1, 2);
  actions.next.run();
  actions.previous.run();
  assert.deepEqual(visited, ['/octo/hello/7/2/1', '/octo/hello/7/1/1']);
  assert.equal(at(2, 1).actions.next.isEnabled, false);
  assert.equal(at(1, 1).actions.previous.isEnabled, false);
});

test('[ui U98] the next failed step is found from anywhere', () => {
  for (const [stage, step, target] of [
    [1, 1, '/octo/hello/7/1/2'],
    [1, 2, '/octo/hello/7/2/1'],
    [2, 1, '/octo/hello/7/1/2'],
  ] as const) {
    const { actions, visited } = at(stage, step);
    actions.nextFailed.run();
    assert.deepEqual(visited, [target]);
  }
});

test('[ui U41] without the right to cancel the action is off', () => {
  assert.equal(at(1, 1).actions.cancel.isEnabled, false);
});
