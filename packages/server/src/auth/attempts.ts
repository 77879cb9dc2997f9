import { AppError } from '@sortie/core/errors';

export interface AttemptOptions {
  /** Unix seconds. */
  readonly now: () => number;
  /** How many within a minute. */
  readonly limit: number;
}

/** Counts tries by a key, in the memory of one process. */
export interface Attempts {
  /** Counts one try. Throws `rate-limited` when the minute has had its number of them already. */
  take(key: string): void;
  /** Forgets the tries of a key. */
  clear(key: string): void;
}

const WINDOW_SECONDS = 60;
/** Strangers with many names cannot make it grow. */
const MAX_KEYS = 20_000;

/** At most `limit` tries in any 60 seconds: unlike a bucket that fills evenly, a sixth try never slips in between. */
export function createAttempts({ now, limit }: AttemptOptions): Attempts {
  const tries = new Map<string, number[]>();
  return {
    take(key) {
      const time = now();
      const recent = (tries.get(key) ?? []).filter((at) => at > time - WINDOW_SECONDS && at <= time);
      tries.delete(key);
      if (recent.length < limit) recent.push(time);
      else {
        tries.set(key, recent);
        throw tooMany(limit, Math.max(1, (recent[0] ?? time) + WINDOW_SECONDS - time));
      }
      tries.set(key, recent);
      if (tries.size > MAX_KEYS) dropOldest(tries);
    },
    clear: (key) => void tries.delete(key),
  };
}

/** Whoever has tried least lately. */
function dropOldest(tries: Map<string, number[]>): void {
  for (const oldest of tries.keys()) {
    tries.delete(oldest);
    return;
  }
}

function tooMany(limit: number, seconds: number): AppError {
  return new AppError('rate-limited', 'Too many tries to sign in.', {
    hint: `Try again in ${seconds} s.`,
    details: { retry_after: seconds, limit },
  });
}
