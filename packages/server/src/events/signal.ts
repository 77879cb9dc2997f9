/** Wakes everybody who waits, without saying why: those woken look at the database again. */
export interface Signal {
  /** Counts the firings, so that one between looking and waiting is not missed. */
  readonly version: number;
  fire(): void;
  /**
   * Resolves at the first firing after version `since`, after `timeoutMs` or when `signal` aborts, at once if
   * that has happened already. Never rejects, and leaves nothing behind.
   */
  wait(options: {
    readonly since: number;
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
  }): Promise<void>;
}

export function createSignal(): Signal {
  const waiting = new Set<() => void>();
  let version = 0;
  return {
    get version() {
      return version;
    },
    fire() {
      version += 1;
      for (const release of [...waiting]) release();
    },
    wait({ since, timeoutMs, signal }) {
      if (since !== version || signal?.aborted === true || timeoutMs === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = timeoutMs === undefined ? undefined : setTimeout(release, timeoutMs);
        signal?.addEventListener('abort', release, { once: true });
        waiting.add(release);
        function release(): void {
          clearTimeout(timer);
          signal?.removeEventListener('abort', release);
          waiting.delete(release);
          resolve();
        }
      });
    },
  };
}
