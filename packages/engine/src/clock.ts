/** Time as an argument, so that tests decide what time it is and when a delay is over. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once after `delayMs`; the returned function takes that back. */
  after(delayMs: number, run: () => void): () => void;
}

/** The clock of the machine. Its delays do not keep the process alive. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Unix seconds, the unit of all times that leave the engine. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
