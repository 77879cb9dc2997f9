/** Counts the event streams that this process serves at the moment. */
export interface OpenStreams {
  /** Counts a stream of builds until the returned function is called. */
  enterBuilds(): () => void;
  /** The same for a stream of the log of a step. */
  enterLog(stepId: number): () => void;
  counts(): {
    readonly builds: number;
    /** Readers by step id, only steps that have some. */
    readonly logs: ReadonlyMap<number, number>;
  };
}

export function createOpenStreams(): OpenStreams {
  let builds = 0;
  const logs = new Map<number, number>();
  return {
    enterBuilds() {
      builds += 1;
      return () => {
        builds -= 1;
      };
    },
    enterLog(stepId) {
      logs.set(stepId, (logs.get(stepId) ?? 0) + 1);
      return () => {
        const left = (logs.get(stepId) ?? 0) - 1;
        if (left > 0) logs.set(stepId, left);
        else logs.delete(stepId);
      };
    },
    counts: () => ({ builds, logs: new Map(logs) }),
  };
}
