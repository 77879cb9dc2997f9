import { AppError } from '@sortie/core/errors';
import type Docker from 'dockerode';
import { type Clock, systemClock, unixSeconds } from '../clock.ts';
import type { GitProgram } from '../clone/clone.ts';
import type { Engine, EngineStage, RegistryCredentials, StepExit, StepRun } from '../engine.ts';
import { orAborted, throwIfAborted } from '../failure.ts';
import { Checkouts } from './checkouts.ts';
import { CALL_TIMEOUT_MS, type DockerAddress, openDocker } from './client.ts';
import type { ContainerDefaults, StageResources } from './container-config.ts';
import { daemonMessage, isUnreachable, toDockerError } from './docker-error.ts';
import { DockerStage } from './docker-stage.ts';
import { listLeftovers } from './leftovers.ts';
import { NetworkPool } from './networks.ts';
import { EXPIRES_LABEL, OWNER_LABEL, PROCESS_LABEL, randomName, STAGE_LABEL } from './object-name.ts';
import { Quarantine, type Quarantined } from './quarantine.ts';
import { DEFAULT_SUBNETS, SubnetPool } from './subnets.ts';

/** More waiting containers cost memory and start no step sooner. */
const EARLY_STARTS = 3;

export interface DockerOptions extends DockerAddress {
  /** Tells what this runner makes from what others make on the same daemon. Unique per runner. */
  readonly owner: string;
  /** For the built-in clone. */
  readonly git: GitProgram;
  /** Where checkouts are made before they go into the workspace, for example the temporary directory. */
  readonly tempDirectory: string;
  /** Existing networks that every step joins besides that of its stage. */
  readonly networks?: readonly string[];
  /** Options of the networks of stages, in the words of their driver. */
  readonly networkOptions?: Readonly<Record<string, string>>;
  /** Where the subnets of these networks come from, in CIDR form; empty: Docker chooses. */
  readonly subnets?: readonly string[];
  /** Volumes, devices and limits of every step. */
  readonly defaults?: ContainerDefaults;
  /** Logins for registries beside those of the stage, which rank higher; asked once per stage. */
  readonly registries?: () => Promise<readonly RegistryCredentials[]>;
  /** The log shows the progress of pulls; the default. */
  readonly showsPulls?: boolean;
  /** How many containers of a stage may be started before their turn; 0: none. */
  readonly earlyStarts?: number;
  readonly clock?: Clock;
}

/**
 * Runs every step in a container (pipeline.md 7.1 to 7.4). Nothing of the machine is mounted: the workspace is a
 * volume of the daemon, so the daemon may be elsewhere and the runner in a container or without root.
 */
export class DockerEngine implements Engine {
  readonly type = 'docker';
  readonly removesAside = true;
  readonly #options: DockerOptions;
  readonly #clock: Clock;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #networks: NetworkPool;
  readonly #checkouts: Checkouts;
  readonly #quarantine: Quarantine;
  readonly #stages = new Map<string, DockerStage>();
  /** What could not be removed, for example because the daemon went away; tried again while this process lives. */
  readonly #undone = new Map<string, EngineStage>();
  #retrying: Promise<void> | undefined;
  #client: Promise<Docker> | undefined;

  constructor(options: DockerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock();
    const process = randomName();
    this.#labels = { 'io.drone': 'true', [OWNER_LABEL]: options.owner, [PROCESS_LABEL]: process };
    this.#networks = new NetworkPool({
      labels: this.#labels,
      clock: this.#clock,
      subnets: new SubnetPool(options.subnets ?? DEFAULT_SUBNETS),
      options: options.networkOptions ?? {},
    });
    this.#quarantine = new Quarantine(this.#clock);
    this.#checkouts = new Checkouts(options.tempDirectory, options.owner, process);
  }

  async check(signal: AbortSignal): Promise<void> {
    const docker = await this.#docker();
    try {
      await orAborted(docker.ping(), AbortSignal.any([signal, timeout()]));
    } catch (error) {
      throwIfAborted(signal);
      throw toDockerError(error, 'Docker cannot be used');
    }
    this.#networks.refill(docker);
    void this.#retryRemoval(docker);
  }

  /** What resists removal, for whoever looks after the machine. */
  get quarantined(): readonly Quarantined[] {
    return this.#quarantine.list();
  }

  async setup(stage: EngineStage, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const docker = await this.#docker();
    const labels = { ...stage.plan.labels, ...this.#labels, [STAGE_LABEL]: stage.id };
    const temp = stage.plan.volumes.filter((volume) => volume.kind === 'temp');
    const volumes = new Map(temp.map((volume) => [volume.name, randomName()]));
    const workspaceVolume = randomName();
    const [network, ...made] = await Promise.allSettled([
      this.#networks.take(docker, {
        labels,
        containers: stage.plan.steps.length,
        os: stage.plan.platform.os,
      }),
      ...[workspaceVolume, ...volumes.values()].map((name) =>
        docker.createVolume({ Name: name, Driver: 'local', Labels: labels, abortSignal: timeout() }),
      ),
    ]);
    // Known before any failure is reported, so that `destroy` removes what has been made.
    const name = network.status === 'fulfilled' ? network.value : '';
    this.#adopt(docker, stage, { network: name, workspaceVolume, volumes, labels });
    for (const result of [network, ...made]) {
      if (result.status === 'rejected') throw toDockerError(result.reason, 'Docker cannot prepare the stage');
    }
    throwIfAborted(signal);
  }

  async prepare(stage: EngineStage, run: StepRun, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await this.#guard(run, signal, () => this.#find(stage).prepare(run, signal));
  }

  async start(stage: EngineStage, run: StepRun, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await this.#guard(run, signal, () => this.#find(stage).start(run, signal));
  }

  async wait(stage: EngineStage, run: StepRun): Promise<StepExit> {
    const running = this.#find(stage).find(run);
    if (running !== undefined) return await running.done;
    throw new AppError('engine-failed', `The step ${run.step.name} has not been started.`);
  }

  async stop(stage: EngineStage, run: StepRun, graceMs: number): Promise<void> {
    await this.#stages.get(stage.id)?.find(run)?.stop(graceMs);
  }

  async destroy(stage: EngineStage): Promise<void> {
    const known = this.#stages.get(stage.id);
    if (known === undefined) return;
    const isKept = await known.destroy(this.#networks.mayKeep(known.network)).catch((error: unknown) => {
      this.#undone.set(stage.id, stage);
      throw error;
    });
    // Whoever else has called this at the same time has done the rest.
    if (!this.#stages.delete(stage.id)) return;
    this.#undone.delete(stage.id);
    if (isKept) return this.#networks.keep(known.network);
    this.#networks.release(known.network);
    this.#networks.refill(await this.#docker());
  }

  /** Never rejects: whoever called `destroy` has been told already, and the next check tries again. */
  #retryDestroy(): Promise<void> {
    this.#retrying ??= Promise.allSettled([...this.#undone.values()].map((stage) => this.destroy(stage)))
      .then(() => undefined)
      .finally(() => {
        this.#retrying = undefined;
      });
    return this.#retrying;
  }

  /** Never rejects, like the above; a daemon that went away again is met by the next check. */
  async #retryRemoval(docker: Docker): Promise<void> {
    await Promise.allSettled([this.#retryDestroy(), this.#quarantine.retry(docker)]);
  }

  /** What cannot be removed now goes into quarantine and stops nothing. */
  async sweep(): Promise<readonly string[]> {
    const docker = await this.#docker();
    try {
      const left = await listLeftovers(docker, (labels) => this.#isLeft(labels));
      const gone = await this.#quarantine.remove(docker, left);
      return [
        ...gone.containers.map((name) => `container ${name}`),
        ...gone.volumes.map((name) => `volume ${name}`),
        ...gone.networks.map((name) => `network ${name}`),
        ...(await this.#checkouts.sweep()).map((path) => `directory ${path}`),
      ];
    } catch (error) {
      throw toDockerError(error, 'What earlier runs left in Docker cannot be removed');
    }
  }

  async close(): Promise<void> {
    await this.#retryDestroy();
    await this.#checkouts.close();
    if (this.#client === undefined) return;
    try {
      await this.#networks.close(await this.#client);
    } catch (error) {
      throw toDockerError(error, 'The spare network cannot be removed');
    }
  }

  #docker(): Promise<Docker> {
    this.#client ??= openDocker(this.#options);
    return this.#client;
  }

  #adopt(docker: Docker, stage: EngineStage, resources: StageResources): void {
    const { git, networks = [], defaults = {}, earlyStarts = EARLY_STARTS } = this.#options;
    const { registries, showsPulls: showsProgress = true } = this.#options;
    const images = {
      registries: async () => [...(stage.registries ?? []), ...((await registries?.()) ?? [])],
      showsProgress,
    };
    const shared = { docker, clock: this.#clock, git, checkouts: this.#checkouts };
    const deps = { ...shared, networks, defaults, images, earlyStarts };
    this.#stages.set(stage.id, new DockerStage(deps, stage, resources));
  }

  #find(stage: EngineStage): DockerStage {
    const known = this.#stages.get(stage.id);
    if (known !== undefined) return known;
    throw new AppError('engine-failed', `The stage ${stage.id} has not been set up.`);
  }

  /** Gives errors of the daemon a code, and leaves the reason of an abort as it is. */
  async #guard(run: StepRun, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof AppError || isUnreachable(error)) throw toDockerError(error, '');
      const message = `The step ${run.step.name} cannot be started: ${daemonMessage(error)}`;
      throw new AppError('step-start-failed', message, { cause: error });
    }
  }

  /**
   * Made by an earlier process of this runner; or of any runner and expired, because a runner that never starts
   * again, as that of a killed demo, removes nothing.
   */
  #isLeft(labels: Readonly<Record<string, string>> = {}): boolean {
    if (labels[OWNER_LABEL] === this.#options.owner) {
      return labels[PROCESS_LABEL] !== this.#labels[PROCESS_LABEL];
    }
    return Number(labels[EXPIRES_LABEL]) < unixSeconds(this.#clock);
  }
}

function timeout(): AbortSignal {
  return AbortSignal.timeout(CALL_TIMEOUT_MS);
}
