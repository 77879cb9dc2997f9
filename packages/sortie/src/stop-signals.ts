const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Signals that ask this process to stop; from the first listening on they never end it by themselves. */
export interface StopSignals {
  /** Resolves with the name of the first signal. */
  readonly first: Promise<NodeJS.Signals>;
  /** Resolves when somebody asks again. */
  readonly again: Promise<NodeJS.Signals>;
}

/** One key press arrives twice: from the terminal, and from npm, which hands it on. */
const SAME_PRESS_MS = 1000;

/** Listens to the signals of `source`, which is the process; `nowMs` is any steady clock. */
export function listenToStopSignals(
  source: Pick<NodeJS.Process, 'on'> = process,
  nowMs: () => number = () => performance.now(),
): StopSignals {
  const first = Promise.withResolvers<NodeJS.Signals>();
  const again = Promise.withResolvers<NodeJS.Signals>();
  let firstAtMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstAtMs === undefined) {
      firstAtMs = nowMs();
      first.resolve(signal);
    } else if (nowMs() - firstAtMs >= SAME_PRESS_MS) {
      again.resolve(signal);
    }
  };
  for (const name of SIGNALS) source.on(name, onSignal);
  return { first: first.promise, again: again.promise };
}
