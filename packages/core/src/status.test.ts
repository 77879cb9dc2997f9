import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  buildOutcome,
  canMove,
  type DependentStage,
  isDone,
  move,
  releaseStages,
  STATUSES,
  type Status,
} from './status.ts';

function stage(number: number, status: Status, more: Partial<DependentStage> = {}): DependentStage {
  return { number, name: `s${number}`, status, onSuccess: true, onFailure: false, dependsOn: [], ...more };
}

describe('moves', () => {
  const owners = ['build', 'stage', 'step'] as const;

  it('a finished status never moves again, whatever the owner', () => {
    for (const owner of owners) {
      for (const from of STATUSES.filter(isDone)) {
        for (const to of STATUSES) assert.equal(canMove(owner, from, to), false, `${owner} ${from} → ${to}`);
      }
    }
  });

  it('a running step cannot become skipped or pending', () => {
    assert.equal(canMove('step', 'running', 'skipped'), false);
    assert.equal(canMove('step', 'running', 'pending'), false);
    assert.equal(canMove('step', 'running', 'killed'), true);
  });

  it('an illegal move is refused with both names and a remedy for finished rows', () => {
    assert.throws(() => move('build', 'success', 'running'), {
      code: 'illegal-move',
      message: 'A build cannot go from success to running.',
      hint: 'This build has already ended. Restart it to run it again.',
    });
    assert.equal(move('stage', 'pending', 'running'), 'running');
  });
});

describe('the outcome of a build', () => {
  const rows: readonly [readonly Status[], Status | undefined][] = [
    [['success', 'success'], 'success'],
    [['success', 'skipped'], 'success'],
    [['skipped', 'skipped'], 'success'],
    [['success', 'running'], undefined],
    [['blocked'], undefined],
    [['success', 'failure', 'error'], 'failure'],
    [['success', 'error', 'failure'], 'error'],
    [['killed', 'failure'], 'killed'],
    [['declined', 'failure'], 'declined'],
  ];
  for (const [statuses, outcome] of rows) {
    it(`${statuses.join(', ')} makes ${outcome ?? 'no outcome yet'}`, () => {
      assert.equal(buildOutcome(statuses.map((status) => ({ status }))), outcome);
    });
  }
});

describe('stages that wait for others', () => {
  it('go on when all that they need has ended well', () => {
    const stages = [stage(1, 'success'), stage(2, 'waiting_on_dependencies', { dependsOn: ['s1'] })];
    assert.deepEqual(releaseStages(stages), [{ number: 2, status: 'pending' }]);
  });

  it('keep waiting while one dependency runs', () => {
    const stages = [
      stage(1, 'success'),
      stage(2, 'running'),
      stage(3, 'waiting_on_dependencies', { dependsOn: ['s1', 's2'] }),
    ];
    assert.deepEqual(releaseStages(stages), []);
  });

  it('are skipped down the whole chain after a failure', () => {
    const stages = [
      stage(1, 'failure'),
      stage(2, 'waiting_on_dependencies', { dependsOn: ['s1'] }),
      stage(3, 'waiting_on_dependencies', { dependsOn: ['s2'] }),
    ];
    assert.deepEqual(releaseStages(stages), [
      { number: 2, status: 'skipped' },
      { number: 3, status: 'skipped' },
    ]);
  });

  it('run after a failure when they ask for it, and only then', () => {
    const failed = [
      stage(1, 'error'),
      stage(2, 'waiting_on_dependencies', { dependsOn: ['s1'], onSuccess: false, onFailure: true }),
    ];
    assert.deepEqual(releaseStages(failed), [{ number: 2, status: 'pending' }]);
    const passed = [
      stage(1, 'success'),
      stage(2, 'waiting_on_dependencies', { dependsOn: ['s1'], onSuccess: false, onFailure: true }),
    ];
    assert.deepEqual(releaseStages(passed), [{ number: 2, status: 'skipped' }]);
  });

  it('are skipped when an unrelated stage of the build has failed, as in Drone', () => {
    const stages = [
      stage(1, 'success'),
      stage(2, 'failure'),
      stage(3, 'waiting_on_dependencies', { dependsOn: ['s1'] }),
    ];
    assert.deepEqual(releaseStages(stages), [{ number: 3, status: 'skipped' }]);
  });
});
