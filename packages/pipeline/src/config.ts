import type {
  FailurePolicy,
  PlanPart,
  PlanSecretSource,
  PlanServer,
  PlanToleration,
  Platform,
  PullPolicy,
} from '@sortie/core/plan';
import type { Path, Place } from './tree.ts';

/** Text with the place where it was written. */
export interface LocatedText extends Place {
  readonly text: string;
  readonly path: Path;
}

export const CONDITION_KEYS = [
  'branch',
  'event',
  'action',
  'ref',
  'repo',
  'target',
  'cron',
  'instance',
  'status',
] as const;
export type ConditionKey = (typeof CONDITION_KEYS)[number];

/** Patterns of one condition; empty lists mean no restriction (pipeline.md 3.2). */
export interface Condition {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Patterns for the files that a push or pull request changes (pipeline.md 12). */
export interface PathCondition extends Condition {
  /** A commit message that contains it makes the condition hold; empty means none does. */
  readonly ignoreMessage: string;
  /** What holds when no file has changed. */
  readonly onEmpty: boolean;
}

/** The conditions of a `trigger` or `when`; all must hold, of the alternatives one. */
export type Conditions = Readonly<Partial<Record<ConditionKey, Condition>>> & {
  readonly paths?: PathCondition;
  /** From a list of conditions; there are no other members then. */
  readonly anyOf?: readonly Conditions[];
};

/** The value of a variable: text, the name of a secret, or text with secrets in it. */
export type VariableValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'secret'; readonly name: string }
  | { readonly kind: 'composed'; readonly parts: readonly PlanPart[] };

/** A record that knows where its keys stand, for the findings about them. */
export interface Keyed extends Place {
  /** The place of a key; that of the record when the key is absent. */
  readonly placeOf: (key: string) => Place;
}

/** A name under `depends_on`. */
export interface Dependency extends LocatedText {
  /** Nothing of that name need exist. */
  readonly isOptional: boolean;
}

export interface MountConfig extends Keyed {
  readonly volume: string;
  readonly target: string;
  /** Path inside the volume, for `kubernetes`; empty for its root. */
  readonly subPath: string;
  readonly path: Path;
}

export interface VolumeConfig extends Keyed {
  readonly name: string;
  /**
   * `temp` is a disk, `tmpfs` memory, `host` a path of the machine, the next three are objects of a cluster; `none`
   * says nothing and is skipped.
   */
  readonly kind: 'temp' | 'tmpfs' | 'host' | 'claim' | 'config-map' | 'secret' | 'none';
  readonly hostPath: string;
  readonly sizeBytes: number;
  /** Name of the claim, config map or secret. */
  readonly source: string;
  readonly readOnly: boolean;
  readonly defaultMode: number;
  readonly isOptional: boolean;
  readonly path: Path;
}

/** Processor in thousandths and memory in bytes; 0 where nothing is said. */
export interface Quantities {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** One step or service, as written. Absent keys have the zero value of their type. */
export interface StepConfig extends Keyed {
  readonly path: Path;
  readonly isService: boolean;
  readonly name: string;
  readonly image: string;
  readonly pull: PullPolicy;
  readonly commands: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: ReadonlyMap<string, VariableValue>;
  /** By key as written; the names `PLUGIN_…` are made by the compiler. */
  readonly settings: ReadonlyMap<string, VariableValue>;
  readonly dependsOn: readonly Dependency[];
  readonly failure: FailurePolicy;
  readonly detach: boolean;
  readonly when: Conditions;
  readonly privileged: boolean;
  readonly user: string;
  readonly workingDir: string;
  readonly mounts: readonly MountConfig[];
  readonly devices: readonly MountConfig[];
  readonly networkMode: string;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly extraHosts: readonly string[];
  readonly shmSizeBytes: number;
  readonly memoryLimitBytes: number;
  readonly memorySwapLimitBytes: number;
  /** Number of the group, for `kubernetes`; 0 when not set. */
  readonly group: number;
  /** Limits of the container, for `kubernetes`. */
  readonly limits: Quantities;
}

export interface CloneConfig {
  readonly disable: boolean;
  readonly depth: number;
  readonly retries: number;
  readonly skipVerify: boolean;
  readonly trace: boolean;
  readonly submodules: boolean;
  readonly tags: boolean;
  readonly lfs: boolean;
  /** A plugin that clones instead of the runner; empty when not set. */
  readonly image: string;
  readonly settings: ReadonlyMap<string, VariableValue>;
}

/** The keys that only pipelines of type `kubernetes` have (pipeline.md 2.1, 7.12). */
export interface KubernetesConfig {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly nodeName: string;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly serviceAccountName: string;
  readonly tolerations: readonly PlanToleration[];
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly resolverOptions: readonly { readonly name: string; readonly value: string }[];
  readonly hostAliases: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
  readonly requests: Quantities;
}

/** One document of kind `pipeline`, as written and with Drone's defaults for type, name and platform. */
export interface PipelineDocument extends Keyed {
  /** 0-based position of the document in the file. */
  readonly document: number;
  readonly kind: string;
  readonly type: string;
  readonly name: string;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
  /** Stages of this name, or of this group, that may run at once; 0 = unlimited. */
  readonly limit: number;
  /** Pipelines of one group count together for the limit; empty when not set. */
  readonly group: string;
  readonly dependsOn: readonly Dependency[];
  readonly trigger: Conditions;
  /** Where `trigger.status` stands. */
  readonly statusPlace: Place | undefined;
  readonly clone: CloneConfig;
  readonly workspace: { readonly base: string; readonly path: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly services: readonly StepConfig[];
  readonly steps: readonly StepConfig[];
  readonly volumes: readonly VolumeConfig[];
  /** Names of secrets that hold registry credentials. */
  readonly pullSecrets: readonly string[];
  /** For the type `kubernetes`. */
  readonly kubernetes: KubernetesConfig | undefined;
  /** For the type `ssh`. */
  readonly server: PlanServer | undefined;
}

/** One document of kind `secret`: where a secret of that name comes from. */
export type SecretDocument = PlanSecretSource;
