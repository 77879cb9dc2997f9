import type { PlanStep } from '@sortie/core/plan';
import type { Engine, EngineStage, StepRun } from './engine.ts';

/** More at once would fight with the running steps for disk and network. */
const AT_ONCE = 3;

/** Prepared steps that wait: a container costs little, two thousand of them do not. */
const MAX_AHEAD = 16;

export interface PrepareDeps {
  readonly engine: Engine;
  readonly stage: EngineStage;
  readonly signal: AbortSignal;
  /** The steps worth preparing now, in order: not begun, and not known to be skipped. */
  readonly candidates: () => readonly PlanStep[];
  readonly runFor: (step: PlanStep) => StepRun;
}

/**
 * Calls `prepare` for steps that have not begun, a few at once and not too far ahead. A failure is dropped here on
 * purpose: `start` meets it again and reports it.
 */
export class PrepareAhead {
  readonly #deps: PrepareDeps;
  readonly #begun = new Map<PlanStep, Promise<void>>();
  readonly #taken = new Set<PlanStep>();
  #running = 0;

  constructor(deps: PrepareDeps) {
    this.#deps = deps;
  }

  /** Begins as much as the bounds allow. */
  pump(): void {
    if (this.#deps.signal.aborted) return;
    for (const step of this.#deps.candidates()) {
      const ahead = this.#begun.size - this.#taken.size;
      if (this.#running >= AT_ONCE || ahead >= MAX_AHEAD) return;
      if (!this.#begun.has(step) && !this.#taken.has(step)) this.#begun.set(step, this.#prepare(step));
    }
  }

  /** The step is about to start; resolves when a preparation that has begun is over. */
  take(step: PlanStep): Promise<void> | undefined {
    const begun = this.#begun.get(step);
    if (begun === undefined) this.#begun.set(step, Promise.resolve());
    this.#taken.add(step);
    return begun;
  }

  /** Resolves when no `prepare` is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#begun.values());
  }

  async #prepare(step: PlanStep): Promise<void> {
    const { engine, stage, signal, runFor } = this.#deps;
    this.#running += 1;
    const attempt = async (): Promise<void> => engine.prepare(stage, runFor(step), signal);
    await Promise.allSettled([attempt()]);
    this.#running -= 1;
    this.pump();
  }
}
