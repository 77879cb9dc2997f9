import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, ERROR_CODES, type ErrorCode } from '@sortie/core/errors';
import { RESERVED_SEGMENTS } from '@sortie/core/reserved';
import { Compile } from 'typebox/compile';
import { ProblemSchema, toWireProblem } from './problems.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';

test('every route has an id and a place of its own', () => {
  assert.equal(new Set(ROUTES.map((route) => route.id)).size, ROUTES.length);
  assert.equal(new Set(ROUTES.map((route) => `${route.method} ${route.path}`)).size, ROUTES.length);
});

test('the parameters of a path and of its schema are the same', () => {
  for (const route of ROUTES) {
    const inPath = [...route.path.matchAll(/:(\w+)|(\*)$/g)].map(([, name, rest]) => name ?? rest);
    assert.deepEqual(
      Object.keys((route.params as { properties?: object })?.properties ?? {}),
      inPath,
      route.id,
    );
  }
});

test('no repository owner can have the name of a route', () => {
  for (const { path } of ROUTES) assert.ok(RESERVED_SEGMENTS.has(path.split('/')[1] ?? ''), path);
});

test('every route that asks who calls says what a token needs', () => {
  const without = ROUTES.filter((route: Route) => route.access !== 'open' && route.scope === undefined);
  assert.deepEqual(without, []);
});

test('the problem of every code has the documented shape', () => {
  const schema = Compile(ProblemSchema);
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const problem = toWireProblem(new AppError(code, 'Cause.', { hint: 'Remedy.' }), 'id-1');
    assert.deepEqual(schema.Errors(problem), [], code);
    assert.equal(problem.detail, 'Cause. Remedy.');
  }
});

test('details never replace the members that every problem has', () => {
  const error = new AppError('log-gap', 'Gap.', { details: { size: 7, status: 200, code: 'x' } });
  const { size, status, code, error_code } = toWireProblem(error, 'id-1');
  assert.deepEqual(
    { size, status, code, error_code },
    { size: 7, status: 409, code: 409, error_code: 'log-gap' },
  );
});
