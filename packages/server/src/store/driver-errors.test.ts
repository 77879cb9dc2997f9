import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { isDuplicateKey, isRetryable, mapDriverError } from './driver-errors.ts';

const cases = [
  [{ errcode: 13 }, 'disk-full'],
  [{ code: '53100' }, 'disk-full'],
  [{ code: 'ENOSPC' }, 'disk-full'],
  [{ errcode: 5 }, 'database-unavailable'],
  [{ errcode: 522 }, 'database-unavailable'],
  [{ code: 'ECONNREFUSED' }, 'database-unavailable'],
  [{ code: '57P01' }, 'database-unavailable'],
  [{ code: '08006' }, 'database-unavailable'],
  [{ code: '22021' }, 'invalid-request'],
  [{ code: '42601' }, 'as it came'],
  [{ errcode: 1 }, 'as it came'],
] as const;

for (const [codes, expected] of cases) {
  test(`a driver's ${JSON.stringify(codes)} is ${expected}`, () => {
    const error = Object.assign(new Error('driver'), codes);
    const mapped = mapDriverError(error);
    assert.equal(mapped instanceof AppError ? mapped.code : 'as it came', expected);
    if (expected !== 'as it came') assert.equal(mapped instanceof Error && mapped.cause, error);
  });
}

test('only unique violations are duplicates, only lost races and outdated plans are run again', () => {
  const codes = [
    { code: '23505' },
    { errcode: 2067 },
    { errcode: 787 },
    { code: '23503' },
    { code: '40001' },
    { code: '0A000' },
    'x',
  ];
  assert.deepEqual(codes.map(isDuplicateKey), [true, true, false, false, false, false, false]);
  assert.deepEqual(codes.map(isRetryable), [false, false, false, false, true, true, false]);
});
