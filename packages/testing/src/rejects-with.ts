import assert from 'node:assert/strict';
import { AppError, type ErrorCode } from '@sortie/core/errors';

/** The promise fails with an `AppError` of this code. */
export async function rejectsWith(code: ErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof AppError, `expected an AppError, got ${String(error)}`);
    assert.equal(error.code, code);
    return true;
  });
}
