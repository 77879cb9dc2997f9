import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import type { System } from './variables.ts';

/** Proxy addresses of the runner, empty or absent when not set. */
export interface ProxySettings {
  readonly no?: string;
  readonly http?: string;
  readonly https?: string;
  readonly all?: string;
}

/** What the runner contributes to a compiled stage. */
export interface RunnerContext {
  /** Variables that every step gets, weaker than all others. */
  readonly environ: Readonly<Record<string, string>>;
  /** An image that clones instead of the built-in clone; for `docker` only. */
  readonly cloneImage?: string;
  /** Shown as `DRONE_STAGE_MACHINE`. */
  readonly machine: string;
  readonly proxies?: ProxySettings;
  /** Plugin images that run privileged beside Drone's own list (7.6). */
  readonly privilegedImages?: readonly string[];
  /** Whether privileged plugins may have volumes (`DRONE_FLAG_ALLOW_DOCKER_PLUGIN_VOLUMES`). */
  readonly allowPluginVolumes?: boolean;
  /** Whether only the clone step sees the credentials of the repository (`DRONE_NETRC_CLONE_ONLY`). */
  readonly isNetrcForClone?: boolean;
  /** The variables of the machine; a step of type `exec` may refer to them in its `PATH`. */
  readonly hostEnvironment?: Readonly<Record<string, string>>;
}

/** Everything outside of the pipeline text that a plan depends on. */
export interface CompileContext {
  readonly repo: Repo;
  readonly build: Build;
  readonly stage: Stage;
  readonly system: System;
  readonly runner: RunnerContext;
  /** Unix seconds. */
  readonly now: number;
  /** Credentials of the clone address, when it needs any. */
  readonly netrc?: { readonly machine: string; readonly login: string; readonly password: string };
  readonly isTrusted: boolean;
  /** What a push or pull request changes, for `paths`; absent when nobody knows, which counts as everything. */
  readonly changedFiles?: readonly string[];
}
