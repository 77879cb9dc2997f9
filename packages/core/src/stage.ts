import type { Platform } from './plan.ts';
import type { Status } from './status.ts';

/** One pipeline of a build, run as a whole by one runner. All times are unix seconds, 0 when not set. */
export interface Stage {
  readonly id: number;
  readonly repoId: number;
  readonly buildId: number;
  /** 1-based within the build. */
  readonly number: number;
  /** 1-based; a requeue or a rebuild in place is a new attempt, the wire shows the latest. */
  readonly attempt: number;
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  readonly status: Status;
  readonly error: string;
  readonly errIgnore: boolean;
  readonly exitCode: number;
  /** Name of the runner that took it. */
  readonly machine: string;
  readonly platform: Platform;
  /** Stages of this name that may run at once; 0 = unlimited. */
  readonly limit: number;
  /** Stages of one group in a repository count together for the limit, whatever their names; empty or absent without. */
  readonly limitGroup?: string;
  readonly throttle: number;
  readonly onSuccess: boolean;
  readonly onFailure: boolean;
  readonly dependsOn: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Variables of this cell of a 0.8 matrix, and the parameters of a restart in place. */
  readonly environment: Readonly<Record<string, string>>;
  readonly started: number;
  readonly stopped: number;
  readonly created: number;
  readonly updated: number;
  readonly version: number;
}
