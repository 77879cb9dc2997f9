import type { ErrorLog } from '../errors.ts';

/** Work that goes on after its request has been answered. */
export interface Background {
  /** `what` completes the log entry of a failure. */
  run(what: string, work: () => Promise<void>): void;
  /** Resolves when nothing is under way any more. Never rejects. */
  idle(): Promise<void>;
}

export function createBackground(log: ErrorLog): Background {
  const running = new Set<Promise<void>>();
  return {
    run(what, work) {
      const task = work()
        .catch((err: unknown) => log.error({ err }, `${what} failed`))
        .finally(() => running.delete(task));
      running.add(task);
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
