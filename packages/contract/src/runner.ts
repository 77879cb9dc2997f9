import type { Build } from '@sortie/core/build';
import type { LogPiece } from '@sortie/core/log';
import type { Repo } from '@sortie/core/repo';
import type { Lease, RunnerIdentity } from '@sortie/core/runner';
import type { Stage } from '@sortie/core/stage';
import type { Status } from '@sortie/core/status';
import type { Step, StepReason } from '@sortie/core/step';

/**
 * What a runner may ask of the server. The built-in runner calls it in the process, a remote one through a
 * transport; neither can do more than the other.
 *
 * A stage is *leased*: for a bounded time one runner alone may report about one attempt of it. Every call but
 * `request` names its lease, and a lease that has been lost, replaced or ended is refused with `lease-lost`, so
 * a runner that comes back too late changes nothing. Every report may be sent again unchanged (the answer got
 * lost): it has no second effect and the same answer. Calls for one lease are made in the order in which things
 * happened; calls for different leases are independent.
 *
 * Errors other than `AppError`s with status 4xx are passing: the runner repeats the call.
 */
export interface RunnerService {
  /**
   * Waits until a stage for this runner is due and leases it, oldest first; `undefined` after `waitMs` without
   * one. Ends at once without a lease when `signal` aborts.
   */
  request(
    runner: RunnerIdentity,
    options: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<Assignment | undefined>;

  /** Extends the lease. To be called every `heartbeatMs`; tells whether the stage has been cancelled. */
  heartbeat(lease: Lease): Promise<{ readonly isCancelled: boolean }>;

  /** Resolves when the stage is cancelled or its lease ends, or when `signal` aborts. Never rejects. */
  watchCancel(lease: Lease, signal: AbortSignal): Promise<void>;

  /** The stage goes to `running`; its steps are written as pending. Returns them with their ids, in order. */
  begin(lease: Lease, steps: readonly StepDraft[]): Promise<readonly Step[]>;

  /** One step has changed. A finished step never changes again. */
  updateStep(lease: Lease, report: StepReport): Promise<void>;

  /**
   * Appends to the log of a step. A piece that is stored already is accepted without effect; one that leaves a
   * gap is refused with `log-gap` and the stored size in `details.size`. Returns the new size in bytes.
   */
  appendLog(lease: Lease, stepId: number, piece: LogPiece): Promise<{ readonly size: number }>;

  /** Nothing more will be appended to the log of this step; open readers come to an end. */
  closeLog(lease: Lease, stepId: number): Promise<void>;

  /** The stage has ended: steps that are still open take the given results, and the lease is given back. */
  finish(lease: Lease, report: StageReport): Promise<void>;
}

/** A leased stage with all that is needed to compile and run it. */
export interface Assignment {
  readonly lease: Lease;
  /** How often to call `heartbeat`. */
  readonly heartbeatMs: number;
  readonly repo: Repo;
  readonly build: Build;
  readonly stage: Stage;
  /** Names of the stages of this build that have failed so far. */
  readonly failedStages: readonly string[];
  readonly system: SystemInfo;
  /** Wall time for the whole stage. */
  readonly timeoutMs: number;
  /** How the runner reads the repository; absent when no credentials are needed. */
  readonly cloneCredentials?: CloneCredentials;
  /** The files that the build changes, for steps with `paths`; absent when no step asks or nobody can tell. */
  readonly changedFiles?: readonly string[];
  /** The secrets that the stage names and that its build may have; absent when there are none. */
  readonly secrets?: StageSecrets;
}

/** Values that must not reach a log. */
export interface StageSecrets {
  /** Those of the repository first, then those of its namespace, then those of the server. */
  readonly stored: readonly StageSecret[];
  /** The encrypted documents of the file, by their text: the key that opens them stays with the server. */
  readonly opened: readonly { readonly data: string; readonly value: string }[];
}

export interface StageSecret {
  readonly name: string;
  readonly value: string;
  readonly allowsPullRequests: boolean;
  /** Globs of the images whose steps may have it; absent means every step. */
  readonly images?: readonly string[];
}

/** The server as steps see it (`DRONE_SYSTEM_*`). */
export interface SystemInfo {
  readonly proto: string;
  readonly host: string;
  readonly version: string;
}

/** Name and password for the host of the clone address; the password must not reach a log. */
export interface CloneCredentials {
  readonly machine: string;
  readonly login: string;
  readonly password: string;
}

export interface StepDraft {
  readonly number: number;
  readonly name: string;
  readonly image: string;
  readonly dependsOn: readonly string[];
  readonly isDetached: boolean;
  readonly errIgnore: boolean;
}

export interface StepReport {
  readonly stepId: number;
  readonly status: Status;
  readonly exitCode: number;
  /** What went wrong outside the step's own program; empty otherwise. */
  readonly error: string;
  /** Absent for steps that succeeded, were skipped or still run, and from runners that do not tell. */
  readonly reason?: StepReason;
  /** Unix seconds, 0 when not begun. */
  readonly started: number;
  readonly stopped: number;
}

export interface StageReport {
  readonly status: Status;
  readonly exitCode: number;
  readonly error: string;
  readonly started: number;
  readonly stopped: number;
  readonly steps: readonly StepReport[];
}
