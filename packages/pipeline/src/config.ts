import type { FailurePolicy, Platform, PullPolicy } from '@sortie/core/plan';
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

/** The conditions of a `trigger` or `when`; all must hold. */
export type Conditions = Readonly<Partial<Record<ConditionKey, Condition>>>;

/** The value of a variable: text, or the name of a secret. */
export type VariableValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'secret'; readonly name: string };

export interface MountConfig extends Place {
  readonly volume: string;
  readonly target: string;
  readonly path: Path;
}

export interface VolumeConfig extends Place {
  readonly name: string;
  /** `temp` is a disk, `tmpfs` memory, `host` a path of the machine; `none` says nothing and is skipped. */
  readonly kind: 'temp' | 'tmpfs' | 'host' | 'none';
  readonly hostPath: string;
  readonly sizeBytes: number;
  readonly path: Path;
}

/** One step or service, as written. Absent keys have the zero value of their type. */
export interface StepConfig extends Place {
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
  readonly dependsOn: readonly LocatedText[];
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
}

export interface CloneConfig {
  readonly disable: boolean;
  readonly depth: number;
  readonly retries: number;
  readonly skipVerify: boolean;
  readonly trace: boolean;
}

/** One document of kind `pipeline`, as written and with Drone's defaults for type, name and platform. */
export interface PipelineDocument extends Place {
  /** 0-based position of the document in the file. */
  readonly document: number;
  readonly kind: string;
  readonly type: string;
  readonly name: string;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
  /** Stages of this name that may run at once; 0 = unlimited. */
  readonly limit: number;
  readonly dependsOn: readonly LocatedText[];
  readonly trigger: Conditions;
  readonly clone: CloneConfig;
  readonly workspace: { readonly base: string; readonly path: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly services: readonly StepConfig[];
  readonly steps: readonly StepConfig[];
  readonly volumes: readonly VolumeConfig[];
}
