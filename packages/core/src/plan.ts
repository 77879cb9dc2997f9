/**
 * What an engine executes: one pipeline, compiled. The compiler in `pipeline` makes it, the engines in `engine`
 * run it, and the two never import each other. Everything here is plain data that survives JSON.
 */

export interface Platform {
  readonly os: string;
  readonly arch: string;
  readonly variant: string;
  /** The kernel or Windows release (`platform.version` in the file). */
  readonly version: string;
}

/** When a step runs, seen from the stage so far (pipeline.md 3.4). */
export type RunPolicy = 'on-success' | 'on-failure' | 'always';

/** What a failing step does to its stage: `ignore` does not count, `fast` ends the others at once. */
export type FailurePolicy = 'fail' | 'ignore' | 'fast';

export type PullPolicy = 'default' | 'always' | 'if-not-exists' | 'never';

/** A directory that the steps of one stage share. `temp` ones live and die with the stage. */
export interface PlanVolume {
  readonly name: string;
  readonly kind: 'temp' | 'tmpfs' | 'host' | 'claim' | 'config-map' | 'secret';
  /** Path on the host, for `host`. */
  readonly path?: string;
  readonly sizeBytes?: number;
  readonly readOnly?: boolean;
}

export interface PlanMount {
  /** Name of a volume of the plan. */
  readonly volume: string;
  /** Absolute path inside the step. */
  readonly path: string;
}

/** An environment variable whose value is a secret; the runner looks it up just before the stage starts. */
export interface PlanSecret {
  readonly env: string;
  readonly secret: string;
}

/** The repository at one commit, fetched by the runner itself with the git program. */
export interface PlanClone {
  readonly url: string;
  /** Full ref, for example `refs/heads/main`. */
  readonly ref: string;
  /** Forty hex digits; empty means the tip of `ref`. */
  readonly commit: string;
  /** Target branch of a pull request build or branch of a push, without `refs/heads/`. */
  readonly branch: string;
  /** Commits of history; 0 means all. */
  readonly depth: number;
  /** How often the whole clone is tried again after a failure. */
  readonly retries: number;
  readonly skipVerify: boolean;
  readonly trace: boolean;
}

export type StepKind = 'clone' | 'service' | 'step';

export interface PlanStep {
  /** 1-based and dense within the stage, in the order clone, services, steps. */
  readonly number: number;
  readonly name: string;
  readonly kind: StepKind;
  /**
   * The names of the steps that must end first, resolved: in a file without any `depends_on` each step names
   * its predecessor. A name that is not a step of this plan (removed by `when`) counts as ended.
   */
  readonly dependsOn: readonly string[];
  /** As written in the file, for display (`depends_on` on the wire). */
  readonly declaredDependsOn: readonly string[];
  readonly runPolicy: RunPolicy;
  readonly failure: FailurePolicy;
  /** The stage does not wait for it, and its result does not count. Services are always detached. */
  readonly detached: boolean;
  /** Absent for the built-in clone step and for `exec`. */
  readonly image?: string;
  readonly pull: PullPolicy;
  /** Shell commands of the step as one POSIX script with its trace lines; absent for plugins and the clone. */
  readonly script?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** Everything the step sees except secrets and the live status variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly PlanSecret[];
  /** Absolute path; absent means the image's own. */
  readonly workingDir?: string;
  readonly mounts: readonly PlanMount[];
  readonly devices: readonly PlanMount[];
  readonly privileged: boolean;
  readonly user?: string;
  readonly networkMode?: string;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly extraHosts: readonly string[];
  readonly shmSizeBytes?: number;
  readonly memoryLimitBytes?: number;
  readonly memorySwapLimitBytes?: number;
  /** Present on the built-in clone step only. */
  readonly clone?: PlanClone;
}

export interface Plan {
  readonly kind: string;
  /** `docker`, `exec`, … */
  readonly type: string;
  readonly name: string;
  readonly platform: Platform;
  /** `base` is where the workspace volume is mounted, `path` the directory that holds the clone. */
  readonly workspace: { readonly base: string; readonly path: string };
  readonly volumes: readonly PlanVolume[];
  readonly steps: readonly PlanStep[];
  /** Labels for everything that the engine creates, for example `io.drone.repo.slug`. */
  readonly labels: Readonly<Record<string, string>>;
}
