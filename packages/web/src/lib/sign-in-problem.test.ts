import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES } from '@sortie/core/errors';
import { signInProblem } from './sign-in-problem.ts';

const UNKNOWN = signInProblem('');

/** What the routes of signing in list, besides what every route may answer. */
const CODES = [
  'sign-in-refused',
  'sign-in-state',
  'sign-in-membership',
  'registration-closed',
  'account-too-new',
  'machine-sign-in',
  'account-inactive',
  'identity-taken',
  'cross-site-request',
  'rate-limited',
  'unauthorized',
  'not-found',
  'invalid-request',
  'conflict',
  'service-unavailable',
  'service-answer',
  'service-rate-limited',
  'service-refused',
  'service-setup',
  'internal',
];

test('each way in which a sign-in fails has a cause and a remedy of its own', () => {
  const causes = CODES.map((code) => signInProblem(code).cause);
  assert.equal(new Set([...causes, UNKNOWN.cause]).size, CODES.length + 1);
  assert.deepEqual(
    CODES.filter((code) => !Object.hasOwn(ERROR_CODES, code)),
    [],
  );
});

test('[scm X15] nothing that stands in an address becomes text', () => {
  for (const code of ['<script>alert(1)</script>', 'Call 555-1234', '__proto__', 'constructor', 'toString']) {
    assert.deepEqual(signInProblem(code), UNKNOWN);
  }
});
