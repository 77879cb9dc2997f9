/** A build of a branch by the clock. Times are unix seconds, 0 when not set. */
export interface CronJob {
  readonly id: number;
  readonly repoId: number;
  /** Unique in the repository; what `when.cron` and `trigger.cron` compare with. */
  readonly name: string;
  /** As written; `core/cron.ts` reads it. */
  readonly expr: string;
  /** When it is due, and when it was due the last time. */
  readonly next: number;
  readonly prev: number;
  readonly branch: string;
  /** Kept for clients of Drone; nothing reads it. */
  readonly target: string;
  readonly isDisabled: boolean;
  readonly created: number;
  readonly updated: number;
  readonly version: number;
}
