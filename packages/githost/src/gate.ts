/** The queue in front of a gate is full, or the host is stopping. The Git host answers it with 503. */
export class BusyError extends Error {
  constructor(message = 'The Git host has too much to do at the moment.') {
    super(message);
    this.name = 'BusyError';
  }
}

/** The message for requests that come while the server shuts down. */
export const STOPPING = 'The server is stopping.';

/** Lets `width` holders in at once, the others wait in the order they came. */
export interface Gate {
  /**
   * Resolves to the function that leaves again; leaving twice does nothing. Throws `BusyError` when too many
   * wait already, and the signal's reason when it is aborted while waiting.
   */
  enter(signal?: AbortSignal): Promise<() => void>;
  readonly isIdle: boolean;
}

export interface GateLimits {
  readonly width: number;
  readonly maxWaiting: number;
}

export function createGate(limits: GateLimits): Gate {
  const waiting: (() => void)[] = [];
  let inside = 0;

  function pass(): () => void {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    };
  }

  function wait(signal: AbortSignal | undefined): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(admit), 1);
        reject(signal?.reason);
      };
      const admit = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve(pass());
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      waiting.push(admit);
    });
  }

  return {
    async enter(signal) {
      signal?.throwIfAborted();
      if (inside < limits.width) {
        inside += 1;
        return pass();
      }
      if (waiting.length >= limits.maxWaiting) throw new BusyError();
      return wait(signal);
    },
    get isIdle() {
      return inside === 0;
    },
  };
}

/** One gate of width 1 per key, for example per repository. */
export interface KeyedLocks {
  enter(key: string, signal?: AbortSignal): Promise<() => void>;
}

export function createKeyedLocks(maxWaiting: number): KeyedLocks {
  const gates = new Map<string, Gate>();
  return {
    async enter(key, signal) {
      const gate = gates.get(key) ?? createGate({ width: 1, maxWaiting });
      gates.set(key, gate);
      const leave = await gate.enter(signal);
      return () => {
        leave();
        if (gate.isIdle) gates.delete(key);
      };
    },
  };
}
