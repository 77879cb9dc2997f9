import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import { orAborted } from '../failure.ts';
import { unreachable } from './docker-error.ts';

const INTERVAL_MS = 10_000;
const ANSWER_MS = 10_000;
const MISSES = 3;

/**
 * Asks the daemon for a sign of life while something waits for it, because a dead connection over a network says
 * nothing. Aborts `signal` with `docker-unreachable` after three misses, so after a minute at most.
 */
export class DaemonWatch {
  readonly #docker: Docker;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  #misses = 0;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(docker: Docker, clock: Clock) {
    this.#docker = docker;
    this.#clock = clock;
    this.#schedule();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#clock.after(INTERVAL_MS, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    try {
      await orAborted(this.#docker.ping(), AbortSignal.timeout(ANSWER_MS));
      this.#misses = 0;
    } catch (error) {
      this.#misses += 1;
      if (this.#misses >= MISSES) this.#abort.abort(unreachable(error));
    }
    if (!this.signal.aborted) this.#schedule();
  }
}
