import type { StepExit } from '../engine.ts';
import { type CloneOptions, cloneRepository, type GitProgram } from './clone.ts';

const KILLED: StepExit = { exitCode: 137, isOomKilled: false };

/** The built-in clone step as something that runs, ends and can be stopped. */
export class CloneTask {
  /** Rejects as `cloneRepository` does; a stopped clone ends with 137. */
  readonly done: Promise<StepExit>;
  readonly #abort = new AbortController();

  constructor(git: GitProgram, options: Omit<CloneOptions, 'signal'>) {
    this.done = this.#run(git, options);
    // The caller awaits `done` later; a failure before that is not unhandled.
    this.done.catch(() => undefined);
  }

  /** Kills git; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.allSettled([this.done]);
  }

  async #run(git: GitProgram, options: Omit<CloneOptions, 'signal'>): Promise<StepExit> {
    try {
      const exitCode = await cloneRepository(git, { ...options, signal: this.#abort.signal });
      return { exitCode, isOomKilled: false };
    } catch (error) {
      if (this.#abort.signal.aborted) return KILLED;
      throw error;
    }
  }
}
