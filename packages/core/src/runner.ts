import type { Platform } from './plan.ts';

/** What a runner says about itself when it asks for work. */
export interface RunnerIdentity {
  /** Unique among the runners of a server; the host name by default. Shown as `machine` of a stage. */
  readonly name: string;
  /** Engines that it has, for example `docker` and `exec`. */
  readonly types: readonly string[];
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
  /** Stages that it runs at once. */
  readonly capacity: number;
  /** Version of Sortie. */
  readonly version: string;
}

/**
 * What clients of Drone keep about a machine beside what its runner says; nothing here decides about hand-outs. The
 * private keys are sealed. Certificates are base64.
 */
export interface NodeDetails {
  readonly uid: string;
  readonly provider: string;
  readonly state: string;
  readonly image: string;
  readonly region: string;
  readonly size: string;
  readonly address: string;
  readonly filters: readonly string[];
  readonly error: string;
  readonly caCert: string;
  readonly tlsCert: string;
  readonly tlsName: string;
  readonly caKeySealed: string;
  readonly tlsKeySealed: string;
}

/** The right to run one attempt of one stage for a bounded time. `fence` grows with every hand-out. */
export interface Lease {
  readonly stageId: number;
  readonly attempt: number;
  readonly fence: number;
}
