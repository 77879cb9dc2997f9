import type { ErrorCode } from './errors.ts';

/** What became of a push or a webhook. */
export const VERDICTS = ['received', 'built', 'error-build', 'skipped', 'ignored', 'failed'] as const;
export type Verdict = (typeof VERDICTS)[number];

/**
 * A push or webhook as it arrived, stored before anything is done with it. `received` means that the work is
 * not finished yet; it is taken up again after a crash.
 */
export interface Delivery {
  readonly id: number;
  readonly repoId: number;
  /** `push` for the built-in host, otherwise the event header of the Git service. */
  readonly event: string;
  /** Unique per repository; a repeat finds the first row. */
  readonly key: string;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly sender: string;
  readonly payload: string;
  readonly verdict: Verdict;
  /** Why nothing was built; empty otherwise. */
  readonly reason: ErrorCode | '';
  readonly message: string;
  readonly buildId: number;
  /** Unix seconds. */
  readonly created: number;
  readonly finished: number;
  /** Headers of the webhook without what authenticates it, names in lower case; empty for a push. */
  readonly headers: Readonly<Record<string, string>>;
  /** Until when somebody works on it, in unix milliseconds; 0 = nobody. */
  readonly claimedUntilMs: number;
  /** Id of the delivery that a person had processed again; 0 = it came from outside. */
  readonly redeliveryOf: number;
}
