import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import { aUser } from '@sortie/testing/domain-builders';
import { type Caller, FULL_GRANT } from './identify.ts';
import { createRateLimiter, type RateLimitOptions } from './rate-limit.ts';

const USER: User = { id: 7, ...aUser() };
const SESSION: Caller = { via: 'session', user: USER };

function tokenOf(id: number, rateLimit = 0): Caller {
  return { via: 'token', user: USER, token: { ...FULL_GRANT, id, rateLimit } };
}

function open(patch: Partial<RateLimitOptions> = {}) {
  let time = 1000;
  const limiter = createRateLimiter({
    now: () => time,
    requestsPerMinute: 0,
    failuresPerMinute: 0,
    ...patch,
  });
  const advance = (seconds: number) => {
    time += seconds;
  };
  return { limiter, advance };
}

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'rate-limited');
    return error;
  }
  throw new Error('the request was let through');
}

test('a token has a minute’s worth of requests, which comes back evenly', () => {
  const { limiter, advance } = open({ requestsPerMinute: 6 });
  for (let left = 5; left >= 0; left -= 1) {
    assert.equal(limiter.takeRequest(tokenOf(1))?.remaining, left);
  }
  assert.equal(refusal(() => limiter.takeRequest(tokenOf(1))).details?.retry_after, 10);
  assert.deepEqual(limiter.takeRequest(tokenOf(2)), { limit: 6, remaining: 5, resetSeconds: 10 });
  advance(9);
  refusal(() => limiter.takeRequest(tokenOf(1)));
  advance(1);
  assert.deepEqual(limiter.takeRequest(tokenOf(1)), { limit: 6, remaining: 0, resetSeconds: 60 });
  advance(600);
  assert.equal(limiter.takeRequest(tokenOf(1))?.remaining, 5);
});

test('the smaller of two limits counts, and without any there is none', () => {
  assert.equal(open().limiter.takeRequest(SESSION), undefined);
  assert.equal(open().limiter.takeRequest(tokenOf(1, 3))?.limit, 3);
  assert.equal(open({ requestsPerMinute: 10 }).limiter.takeRequest(tokenOf(1, 3))?.limit, 3);
  assert.equal(open({ requestsPerMinute: 2 }).limiter.takeRequest(tokenOf(1, 3))?.limit, 2);
  assert.equal(open({ requestsPerMinute: 2 }).limiter.takeRequest({ via: 'nothing' }), undefined);
});

test('sessions of one account and its old user token share a limit', () => {
  const { limiter } = open({ requestsPerMinute: 2 });
  limiter.takeRequest(SESSION);
  limiter.takeRequest(tokenOf(0));
  refusal(() => limiter.takeRequest(SESSION));
});

test('a clock that is turned back gives nothing away', () => {
  const { limiter, advance } = open({ requestsPerMinute: 1 });
  limiter.takeRequest(SESSION);
  advance(-3600);
  refusal(() => limiter.takeRequest(SESSION));
});

test('guesses from one address are refused, but not those who had a good token, nor other addresses', () => {
  const { limiter, advance } = open({ failuresPerMinute: 3 });
  limiter.checkGuess('10.0.0.1', 'good');
  limiter.noteGuess('10.0.0.1', 'good', true);
  for (const text of ['a', 'b', 'c']) {
    limiter.checkGuess('10.0.0.1', text);
    limiter.noteGuess('10.0.0.1', text, false);
  }
  assert.equal(refusal(() => limiter.checkGuess('10.0.0.1', 'd')).details?.retry_after, 20);
  limiter.checkGuess('10.0.0.1', 'good');
  limiter.checkGuess('10.0.0.2', 'd');
  advance(20);
  limiter.checkGuess('10.0.0.1', 'd');
});

test('strangers with many addresses push the oldest out, not those who came last', () => {
  const { limiter } = open({ failuresPerMinute: 1 });
  for (let at = 0; at < 20_000; at += 1) limiter.noteGuess(`old-${at}`, 'x', false);
  limiter.noteGuess('old-0', 'x', false);
  limiter.noteGuess('one-more', 'x', false);
  limiter.checkGuess('old-1', 'x');
  refusal(() => limiter.checkGuess('old-0', 'x'));
  refusal(() => limiter.checkGuess('one-more', 'x'));
});
