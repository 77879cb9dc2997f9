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
  /** Name of the claim, config map or secret of the cluster. */
  readonly source?: string;
  /** Mode of the files of a config map or secret. */
  readonly defaultMode?: number;
  /** The stage starts although the config map or secret does not exist. */
  readonly isOptional?: boolean;
}

export interface PlanMount {
  /** Name of a volume of the plan. */
  readonly volume: string;
  /** Absolute path inside the step. */
  readonly path: string;
  /** Path inside the volume; absent means its root. Kubernetes only. */
  readonly subPath?: string;
}

/** An environment variable whose value is a secret; the runner looks it up just before the stage starts. */
export interface PlanSecret {
  readonly env: string;
  readonly secret: string;
}

/** A piece of a variable: text, or a secret put in as it is (`raw`) or as a JSON string with its quotes. */
export type PlanPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'secret'; readonly secret: string; readonly encoding: 'raw' | 'json' };

/** An environment variable in whose text secrets stand among other things: the pieces in order. */
export interface PlanComposedVariable {
  readonly env: string;
  readonly parts: readonly PlanPart[];
}

/** A value that is written out or the name of a secret. */
export type PlanValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'secret'; readonly secret: string };

/** Where the file says that a secret comes from; asked after those that the server has stored (pipeline.md 2.6). */
export type PlanSecretSource =
  | { readonly kind: 'inline'; readonly name: string; readonly data: string }
  | {
      readonly kind: 'external';
      readonly name: string;
      /** Path, name and key at the external store, as written; empty when absent. */
      readonly path: string;
      readonly item: string;
      readonly key: string;
    };

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
  /** Check out submodules too, at all depths. Absent means no, as for the next two. */
  readonly submodules?: boolean;
  /** Fetch all tags. */
  readonly tags?: boolean;
  /** Fetch the files that Git LFS keeps. */
  readonly lfs?: boolean;
  /** Where `commit` is when `ref` does not hold it yet: another repository, and the full name of a ref there. */
  readonly from?: { readonly url: string; readonly ref: string };
  /** The code is another repository's: what it names itself, such as submodules, is fetched without credentials. */
  readonly isForeign?: boolean;
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
  /** Shell commands of the step as one script with its trace lines; absent for plugins and the clone. */
  readonly script?: string;
  /** The shell of the script; absent means the POSIX one. */
  readonly shell?: 'powershell';
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** Everything the step sees except secrets and the live status variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly PlanSecret[];
  /** Variables that hold secrets within other text; absent means none. */
  readonly composed?: readonly PlanComposedVariable[];
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
  /** Thousandths of a processor. Kubernetes only, as is the next one. */
  readonly cpuLimitMillis?: number;
  readonly group?: number;
  /** Present on the built-in clone step only. */
  readonly clone?: PlanClone;
}

/** What a pipeline of type `kubernetes` says about its pod (pipeline.md 7.12); empty text and lists: the runner decides. */
export interface PlanKubernetes {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly nodeName: string;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly serviceAccountName: string;
  readonly tolerations: readonly PlanToleration[];
  readonly dns: {
    readonly nameservers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly { readonly name: string; readonly value: string }[];
  };
  /** Names of services and detached steps at 127.0.0.1 first, then what the file says. */
  readonly hostAliases: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
  /** What the pod as a whole asks for; 0 means the runner's default. */
  readonly requests: { readonly cpuMillis: number; readonly memoryBytes: number };
}

export interface PlanToleration {
  readonly key: string;
  readonly operator: string;
  readonly effect: string;
  readonly value: string;
  /** Absent means for ever. */
  readonly seconds?: number;
}

/** The machine that a pipeline of type `ssh` runs on. */
export interface PlanServer {
  readonly host: PlanValue;
  readonly user: PlanValue;
  readonly password: PlanValue;
  readonly sshKey: PlanValue;
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
  /** The `kind: secret` documents of the file, in order; absent means none. */
  readonly secretSources?: readonly PlanSecretSource[];
  /** Names of secrets that hold a Docker configuration with registry credentials, later ones first in rank. */
  readonly pullSecrets?: readonly string[];
  /** Present for the type `kubernetes` only. */
  readonly kubernetes?: PlanKubernetes;
  /** Present for the type `ssh` only. */
  readonly server?: PlanServer;
}
