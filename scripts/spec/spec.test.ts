import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coverageOf, keysIn } from './coverage.ts';
import { operationIds, routeKey } from './routes.ts';

test('a title names rows by their keys, several at once and in any spelling of the number', () => {
  assert.deepEqual(keysIn('test("[ops C055] and [scm B1, B2] say so"'), ['ops c55', 'scm b1', 'scm b2']);
  assert.deepEqual(
    keysIn('[api GET R/builds/{number}]'),
    keysIn('[api GET /api/repos/:owner/:name/builds/:n]'),
  );
  assert.deepEqual(keysIn('[1] [pipelines 3] [pipeline]'), []);
});

test('a route has one spelling whatever its parameters are called', () => {
  assert.equal(routeKey('GET R/builds?page=1'), 'GET /api/repos/{}/{}/builds');
  assert.equal(routeKey('GET /api/user/'), 'GET /api/user');
});

test('operation ids are found by route', () => {
  const document =
    'paths:\n  /api/user:\n    get:\n      operationId: getUser\n    patch:\n      operationId: setUser\n';
  assert.deepEqual(
    [...operationIds(document)],
    [
      ['GET /api/user', 'getUser'],
      ['PATCH /api/user', 'setUser'],
    ],
  );
});

test('a row is covered, somebody else’s, a deviation or missing', () => {
  const checklist = { document: 'pipeline.md', kind: 'pipeline', rows: ['1', '2', '44', '123', '60'] };
  const coverage = coverageOf(checklist, new Set(['pipeline 1', 'pipeline 44']), new Set(['pipeline 60']));
  assert.equal(coverage.covered, 2);
  assert.deepEqual(coverage.missing, ['2']);
  assert.deepEqual(
    [...coverage.elsewhere],
    [
      ['Kubernetes', ['123']],
      ['docs/deviations.md', ['60']],
    ],
  );
});
