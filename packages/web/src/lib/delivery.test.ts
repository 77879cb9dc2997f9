import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aDelivery } from '../testing/services-scene.ts';
import { lookOfVerdict, mergeDeliveries, outcomeOf, shortRef } from './delivery.ts';

test('refs are told as people say them', () => {
  const said = [
    'refs/heads/feature/x',
    'refs/tags/v1',
    'refs/pull/4/head',
    'refs/merge-requests/7/head',
    'refs/notes/x',
    '',
  ];
  assert.deepEqual(said.map(shortRef), [
    'feature/x',
    'v1',
    'pull request 4',
    'pull request 7',
    'refs/notes/x',
    '',
  ]);
});

test('a delivery that stands on two pages is listed once', () => {
  const [one, two, three] = [aDelivery({ id: 1 }), aDelivery({ id: 2 }), aDelivery({ id: 3 })];
  assert.deepEqual(
    mergeDeliveries([
      [three, two],
      [two, one],
    ]).map(({ id }) => id),
    [3, 2, 1],
  );
});

test('the outcome names the verdict, the build and the reason', () => {
  assert.equal(
    outcomeOf(aDelivery({ id: 9, verdict: 'built', build_number: 12 })),
    'Processed again as delivery 9: built, build #12',
  );
  assert.equal(
    outcomeOf(
      aDelivery({ id: 9, verdict: 'skipped', build_number: undefined, message: 'No pipeline wants it.' }),
    ),
    'Processed again as delivery 9: skipped. No pipeline wants it.',
  );
  assert.deepEqual(lookOfVerdict('lost'), { label: 'lost', tone: 'muted' });
});
