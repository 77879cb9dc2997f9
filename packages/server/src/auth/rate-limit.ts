import { AppError } from '@sortie/core/errors';
import type { Caller } from './identify.ts';

export interface RateLimitOptions {
  /** Unix seconds. */
  readonly now: () => number;
  /** Requests per minute of one token, and of one account with a session; 0 = no limit. */
  readonly requestsPerMinute: number;
  /** Unknown tokens per minute from one address before further ones are not looked up; 0 = no limit. */
  readonly failuresPerMinute: number;
}

/** What a limit leaves to a caller after the present request. */
export interface Allowance {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until everything may be used again. */
  readonly resetSeconds: number;
}

/** Counts in the memory of one process: every server of a cluster allows as much by itself. */
export interface RateLimiter {
  /** Counts one request. `undefined` where no limit applies. Throws `rate-limited`. */
  takeRequest(caller: Caller): Allowance | undefined;
  /** Throws `rate-limited` for a token that would be one guess too many. Tokens that were good lately pass. */
  checkGuess(address: string, text: string): void;
  noteGuess(address: string, text: string, isGood: boolean): void;
}

/** Enough for every caller of a busy minute; strangers with many addresses cannot make it grow. */
const MAX_BUCKETS = 20_000;
const MAX_GOOD = 5_000;
const MINUTE = 60;

/** A bucket holds a minute's worth of requests and fills evenly. */
interface Bucket {
  left: number;
  filled: number;
}

export function createRateLimiter(options: RateLimitOptions): RateLimiter {
  const { now, requestsPerMinute, failuresPerMinute } = options;
  const requests = createBuckets(now);
  const failures = createBuckets(now);
  const good = new Set<string>();
  return {
    takeRequest(caller) {
      const limit = limitOf(caller, requestsPerMinute);
      if (limit === 0) return undefined;
      const bucket = requests.find(keyOf(caller), limit);
      if (bucket.left < 1) throw tooMany(bucket, limit, 'Too many requests.');
      bucket.left -= 1;
      return allowanceOf(bucket, limit);
    },
    checkGuess(address, text) {
      if (failuresPerMinute === 0 || !failures.has(address) || good.has(text)) return;
      const bucket = failures.find(address, failuresPerMinute);
      if (bucket.left < 1) throw tooMany(bucket, failuresPerMinute, 'Too many unknown tokens.');
    },
    noteGuess(address, text, isGood) {
      if (failuresPerMinute === 0) return;
      if (!isGood) failures.find(address, failuresPerMinute).left -= 1;
      else if (!good.has(text)) keepNewest(good.add(text), MAX_GOOD);
    },
  };
}

function limitOf(caller: Caller, general: number): number {
  if (caller.via === 'nothing') return 0;
  const own = caller.via === 'token' ? caller.token.rateLimit : 0;
  return own === 0 || (general !== 0 && general < own) ? general : own;
}

/** The old user token counts with the sessions of its account. */
function keyOf(caller: Caller): string {
  if (caller.via === 'token' && caller.token.id !== 0) return `token:${caller.token.id}`;
  return `user:${caller.user?.id ?? 0}`;
}

function createBuckets(now: () => number) {
  const buckets = new Map<string, Bucket>();
  return {
    has: (key: string) => buckets.has(key),
    /** The bucket of a key, filled up to the present; a new one is full. */
    find(key: string, limit: number): Bucket {
      const time = now();
      const known = buckets.get(key);
      // Put in anew, so that the ones that nobody has used for longest are dropped first.
      if (known !== undefined) buckets.delete(key);
      const bucket = known === undefined ? { left: limit, filled: time } : fill(known, time, limit);
      buckets.set(key, bucket);
      if (buckets.size > MAX_BUCKETS) dropOldest(buckets);
      return bucket;
    },
  };
}

function fill(bucket: Bucket, time: number, limit: number): Bucket {
  // A clock that was turned back fills nothing.
  const passed = Math.max(0, time - bucket.filled);
  bucket.left = Math.min(limit, bucket.left + (passed * limit) / MINUTE);
  bucket.filled = time;
  return bucket;
}

/** A tenth at once, so that a flood of new keys does not search for the oldest each time. */
function dropOldest(buckets: Map<string, Bucket>): void {
  let drops = MAX_BUCKETS / 10;
  for (const key of buckets.keys()) {
    if (drops === 0) return;
    buckets.delete(key);
    drops -= 1;
  }
}

function keepNewest(texts: Set<string>, most: number): void {
  if (texts.size <= most) return;
  for (const oldest of texts) {
    texts.delete(oldest);
    return;
  }
}

function allowanceOf(bucket: Bucket, limit: number): Allowance {
  const remaining = Math.floor(bucket.left);
  return { limit, remaining, resetSeconds: Math.ceil(((limit - bucket.left) * MINUTE) / limit) };
}

function tooMany(bucket: Bucket, limit: number, message: string): AppError {
  const seconds = Math.max(1, Math.ceil(((1 - bucket.left) * MINUTE) / limit));
  return new AppError('rate-limited', message, {
    hint: `Try again in ${seconds} s.`,
    details: { retry_after: seconds, limit },
  });
}
