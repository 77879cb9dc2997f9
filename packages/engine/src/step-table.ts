import type { PlanStep, RunPolicy } from '@sortie/core/plan';
import type { Status } from '@sortie/core/status';
import type { StepReason } from '@sortie/core/step';

/** What became of one step. Times are unix seconds, 0 when it did not run. */
export interface StepResult {
  readonly status: Extract<Status, 'success' | 'failure' | 'error' | 'killed' | 'skipped'>;
  readonly exitCode: number;
  /** What went wrong outside of the step's own program, with secrets masked; empty otherwise. */
  readonly error: string;
  /** Absent for a step that succeeded or was skipped. */
  readonly reason?: StepReason;
  readonly started: number;
  readonly stopped: number;
}

/** What became of a stage; `steps` has one entry per step of the plan, in its order. */
export interface StageOutcome {
  readonly status: Extract<Status, 'success' | 'failure' | 'error' | 'killed'>;
  readonly exitCode: number;
  readonly error: string;
  /** Why the engine could not remove everything; empty when it did. No reason to call the stage a failure. */
  readonly cleanupError: string;
  readonly steps: readonly { readonly step: PlanStep; readonly result: StepResult }[];
}

/** The stage so far, as the live variables of the next step show it (pipeline.md 6.3). */
export interface StageState {
  readonly stageStatus: 'success' | 'failure';
  /** Names in the order of the plan; ignored failures are not among them. */
  readonly failedSteps: readonly string[];
}

/** Why nothing more is started: exit code 78, a `fast` failure, an abort from outside, a broken stage. */
export type Halt = 'exit-78' | 'fast' | 'killed' | 'error';

/** The exit code that stands for a failure of ours and not of the step's program. */
export const ERROR_EXIT_CODE = 255;
export const KILLED_EXIT_CODE = 137;
const SKIP_EXIT_CODE = 78;

export const SKIPPED: StepResult = { status: 'skipped', exitCode: 0, error: '', started: 0, stopped: 0 };

interface Entry {
  readonly step: PlanStep;
  /** `up` is a detached step that has started: it runs, and nobody waits for it any more. */
  phase: 'pending' | 'running' | 'up' | 'ended';
  result: StepResult;
}

/**
 * The step graph of one stage as pure state: pending → running → (up →) ended, or pending → ended when skipped.
 * Rules: pipeline.md 7.7 to 7.9.
 */
export class StepTable {
  readonly #entries: readonly Entry[];
  readonly #byName: ReadonlyMap<string, Entry>;
  #halt: Halt | undefined;

  constructor(steps: readonly PlanStep[]) {
    this.#entries = steps.map((step) => ({ step, phase: 'pending', result: SKIPPED }));
    this.#byName = new Map(this.#entries.map((entry) => [entry.step.name, entry]));
  }

  /**
   * Moves all steps whose time has come: returns those to start, now `running`, and those that are skipped, now
   * `ended`. To be called again after every change.
   */
  advance(): { readonly start: readonly PlanStep[]; readonly skip: readonly PlanStep[] } {
    const start: PlanStep[] = [];
    const skip: PlanStep[] = [];
    let isSettled = false;
    while (!isSettled) {
      isSettled = true;
      for (const entry of this.#entries) {
        if (entry.phase !== 'pending' || (this.#halt === undefined && !this.#isFree(entry.step))) continue;
        const runs = this.#halt === undefined && this.#mayRun(entry.step.runPolicy);
        entry.phase = runs ? 'running' : 'ended';
        (runs ? start : skip).push(entry.step);
        // A skipped step frees others, also ones before it in the list.
        if (!runs) isSettled = false;
      }
    }
    return { start, skip };
  }

  /** A detached step has started; those that depend on it may go on. */
  up(step: PlanStep): void {
    const entry = this.#byName.get(step.name);
    if (entry?.phase === 'running') entry.phase = 'up';
  }

  /** The step has ended. A failure that asks for it halts the stage. */
  end(step: PlanStep, result: StepResult): void {
    const entry = this.#byName.get(step.name);
    if (entry === undefined) return;
    entry.phase = 'ended';
    entry.result = result;
    if (step.detached || this.#halt !== undefined) return;
    if (result.status === 'success' && result.exitCode === SKIP_EXIT_CODE) this.#halt = 'exit-78';
    if (step.failure === 'fast' && result.status !== 'success') this.#halt = 'fast';
  }

  /** What became of a step that has ended is worse than it looked. */
  amend(step: PlanStep, result: StepResult): void {
    const entry = this.#byName.get(step.name);
    if (entry !== undefined) entry.result = result;
  }

  /** Nothing more is started. The first reason stands, but an abort from outside replaces `exit-78`. */
  stop(reason: Halt): void {
    if (this.#halt === undefined || this.#halt === 'exit-78') this.#halt = reason;
  }

  get halt(): Halt | undefined {
    return this.#halt;
  }

  /** True when only detached steps are left. */
  get isSettled(): boolean {
    return this.#entries.every((entry) => entry.phase === 'ended' || entry.phase === 'up');
  }

  get isFailing(): boolean {
    return this.#entries.some(isFailing);
  }

  isPending(step: PlanStep): boolean {
    return this.#byName.get(step.name)?.phase === 'pending';
  }

  state(): StageState {
    const failedSteps = this.#entries.filter(isFailing).map((entry) => entry.step.name);
    return { stageStatus: failedSteps.length === 0 ? 'success' : 'failure', failedSteps };
  }

  /** The result of the stage when all steps have ended: the first step that counts decides. */
  outcome(): StageOutcome {
    const steps = this.#entries.map(({ step, result }) => ({ step, result }));
    const rest = { error: '', cleanupError: '', steps };
    if (this.#halt === 'killed') return { status: 'killed', exitCode: KILLED_EXIT_CODE, ...rest };
    const first = this.#entries.find((entry) => isFailing(entry) && !this.#isVictim(entry))?.result;
    switch (first?.status) {
      case 'error':
        return { status: 'error', exitCode: ERROR_EXIT_CODE, ...rest, error: first.error };
      case 'killed':
        return { status: 'killed', exitCode: KILLED_EXIT_CODE, ...rest };
      case 'failure':
        // The exit code of a failed stage is 0, as in Drone.
        return { status: 'failure', exitCode: 0, ...rest };
      default:
        return { status: 'success', exitCode: 0, ...rest };
    }
  }

  /** Ended by the `fast` failure of another step, which alone decides. */
  #isVictim(entry: Entry): boolean {
    return this.#halt === 'fast' && entry.result.status === 'killed';
  }

  #isFree(step: PlanStep): boolean {
    return step.dependsOn.every((name) => {
      const phase = this.#byName.get(name)?.phase;
      return phase === undefined || phase === 'ended' || phase === 'up';
    });
  }

  #mayRun(policy: RunPolicy): boolean {
    if (policy === 'always') return true;
    return (policy === 'on-failure') === this.isFailing;
  }
}

/** True when the step makes its stage fail: `failure: ignore` covers exit codes only. */
function isFailing({ step, phase, result }: Entry): boolean {
  if (step.detached || phase !== 'ended') return false;
  if (result.status === 'failure') return step.failure !== 'ignore';
  return result.status === 'error' || result.status === 'killed';
}
