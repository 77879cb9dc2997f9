/** Something that was asked for, together with others. */
export interface Asked<Input, Output> {
  readonly input: Input;
  answer(output: Output | Promise<Output>): void;
}

/** Answers what is asked under one key together with what has been asked under it in the meantime. */
export type Gather<Input, Output> = (key: string, input: Input) => Promise<Output>;

/**
 * Runs `work` for each key one at a time, each time with all that has come since it last began. Nothing waits for more
 * to come: what comes alone is worked on in the same turn of the event loop. Whatever `work` has not answered when it
 * fails is refused with its error.
 */
export function createGather<Input, Output>(
  /** How many are worked on together at most. */
  most: number,
  work: (asked: readonly Asked<Input, Output>[]) => Promise<void>,
): Gather<Input, Output> {
  interface Waiting extends Asked<Input, Output> {
    refuse(error: unknown): void;
  }
  const lanes = new Map<string, Waiting[]>();

  async function empty(key: string, lane: Waiting[]): Promise<void> {
    while (lane.length > 0) {
      const asked = lane.splice(0, most);
      try {
        await work(asked);
      } catch (error) {
        for (const { refuse } of asked) refuse(error);
      }
    }
    lanes.delete(key);
  }

  return (key, input) =>
    new Promise((resolve, reject) => {
      const waiting: Waiting = { input, answer: resolve, refuse: reject };
      const lane = lanes.get(key);
      if (lane !== undefined) {
        lane.push(waiting);
        return;
      }
      const begun = [waiting];
      lanes.set(key, begun);
      // Calls that have arrived at the same moment are read before it.
      setImmediate(() => void empty(key, begun));
    });
}
