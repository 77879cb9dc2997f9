import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { type RetryOptions, retry } from './retry.ts';

function options(waits: number[], signal = new AbortController().signal): RetryOptions {
  return {
    signal,
    random: () => 1,
    onRetry: (_error, _attempt, waitMs) => waits.push(waitMs),
    sleep: async () => undefined,
  };
}

it('a passing failure is repeated with growing waits until the call succeeds', async () => {
  const waits: number[] = [];
  let calls = 0;
  const answer = await retry(async () => {
    calls += 1;
    if (calls <= 9) throw new AppError('database-unavailable', 'gone');
    return calls;
  }, options(waits));
  assert.equal(answer, 10);
  assert.deepEqual(waits, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
});

it('an answer that would not change is not asked for again', async () => {
  const waits: number[] = [];
  const call = () => Promise.reject(new AppError('lease-lost', 'too late'));
  await assert.rejects(retry(call, options(waits)), { code: 'lease-lost' });
  assert.deepEqual(waits, []);
});

it('an aborted signal ends the repeating with the last failure', async () => {
  const controller = new AbortController();
  const call = () => {
    controller.abort();
    return Promise.reject(new Error('down'));
  };
  await assert.rejects(retry(call, options([], controller.signal)), { message: 'down' });
});

it('a limit of tries ends the repeating with the last failure', async () => {
  const waits: number[] = [];
  const call = () => Promise.reject(new AppError('disk-full', 'no space'));
  await assert.rejects(retry(call, { ...options(waits), maxAttempts: 3 }), { code: 'disk-full' });
  assert.deepEqual(waits, [100, 200]);
});
