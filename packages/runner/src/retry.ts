import { AppError } from '@sortie/core/errors';

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Waits, or rejects with the reason of the signal. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Between 0 and 1; spreads the retries of many runners. */
  readonly random: () => number;
  /** How often to try at all; without end when absent. */
  readonly maxAttempts?: number;
  /** Called before each wait. */
  readonly onRetry: (error: unknown, attempt: number, waitMs: number) => void;
}

/** Longest wait between two tries. */
const MAX_WAIT_MS = 10_000;

/**
 * Repeats a call until it succeeds. Only passing failures are repeated: an `AppError` with a status below 500 is
 * an answer, and a second asking would get the same one. Waits 0.1 s, then twice as long each time, with jitter.
 */
export async function retry<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    options.signal.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      if (isFinal(error) || options.signal.aborted || attempt === options.maxAttempts) throw error;
      const waitMs = Math.min(MAX_WAIT_MS, 100 * 2 ** (attempt - 1)) * (0.5 + options.random() / 2);
      options.onRetry(error, attempt, waitMs);
      await options.sleep(waitMs, options.signal);
    }
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof AppError && error.status < 500;
}
