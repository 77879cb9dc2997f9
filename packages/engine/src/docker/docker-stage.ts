import { setMaxListeners } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@sortie/core/errors';
import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import type { GitProgram } from '../clone/clone.ts';
import { CloneTask } from '../clone/clone-task.ts';
import { type EngineStage, type StepRun, VOLATILE_ENVIRONMENT } from '../engine.ts';
import { orAborted } from '../failure.ts';
import { uploadDirectory, uploadFile } from './archive.ts';
import type { Checkouts } from './checkouts.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import {
  checkoutPrefix,
  containerConfig,
  needsScriptFile,
  SCRIPT_FILE,
  type StageResources,
} from './container-config.ts';
import { DaemonWatch } from './daemon-watch.ts';
import { statusOf, toDockerError } from './docker-error.ts';
import { StageImages } from './images.ts';
import { randomName } from './object-name.ts';
import { removeObjects } from './removal.ts';
import { StepContainer } from './step-container.ts';

export interface DockerStageDeps {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly git: GitProgram;
  readonly checkouts: Checkouts;
  /** Further networks that every container joins. */
  readonly networks: readonly string[];
}

interface Prepared {
  readonly environment: Readonly<Record<string, string>>;
  readonly made: Promise<Made>;
}

interface Made {
  readonly container: StepContainer;
  readonly notes: readonly string[];
}

/** What one stage has in Docker, and how its steps come to be. */
export class DockerStage {
  readonly #deps: DockerStageDeps;
  readonly #stage: EngineStage;
  readonly #resources: StageResources;
  readonly #images: StageImages;
  readonly #watch: DaemonWatch;
  readonly #abort = new AbortController();
  readonly #containers: string[] = [];
  readonly #prepared = new Map<StepRun, Prepared>();
  readonly #running = new Map<StepRun, StepContainer | CloneTask>();
  #checkout: { readonly temporary: string; readonly directory: string } | undefined;
  #upload: Promise<void> | undefined;

  constructor(deps: DockerStageDeps, stage: EngineStage, resources: StageResources) {
    this.#deps = deps;
    this.#stage = stage;
    this.#resources = resources;
    this.#images = new StageImages(deps.docker, stage.registries ?? [], this.#abort.signal);
    this.#watch = new DaemonWatch(deps.docker, deps.clock);
    // Every connection of the stage listens to it; that is many and no leak.
    setMaxListeners(0, this.#abort.signal);
    this.#watch.signal.addEventListener('abort', () => this.#abort.abort(this.#watch.signal.reason));
  }

  /** Makes the container of the step and attaches to it. */
  async prepare(run: StepRun, signal: AbortSignal): Promise<void> {
    if (run.step.clone !== undefined) return;
    const { environment } = run;
    const prepared = { environment, made: this.#make(run, environment) };
    prepared.made.catch(() => undefined);
    this.#prepared.set(run, prepared);
    await orAborted(prepared.made, signal);
  }

  async start(run: StepRun, signal: AbortSignal): Promise<void> {
    if (run.step.clone !== undefined) return await this.#startClone(run);
    const { container, notes } = await orAborted(this.#take(run), signal);
    for (const note of notes) await run.output(new TextEncoder().encode(`${note}\n`));
    await orAborted(this.#ensureCheckout(container.container), signal);
    if (signal.aborted) throw signal.reason;
    this.#running.set(run, container);
    await orAborted(container.start(), signal);
  }

  /** The step as it runs; `undefined` before its start. */
  find(run: StepRun): StepContainer | CloneTask | undefined {
    return this.#running.get(run);
  }

  /** Removes everything. Throws as `removeObjects` does. */
  async destroy(): Promise<void> {
    this.#watch.stop();
    const clones = [...this.#running.values()].filter((running) => running instanceof CloneTask);
    await Promise.all(clones.map((clone) => clone.stop()));
    // What is being made right now must be known before it can be removed.
    this.#abort.abort(new Error('the stage is over'));
    await Promise.allSettled([...this.#prepared.values()].map(({ made }) => made));
    const { network, workspaceVolume, volumes } = this.#resources;
    const objects = {
      containers: this.#containers,
      volumes: [workspaceVolume, ...volumes.values()],
      networks: network === '' ? [] : [network],
    };
    const temporary = this.#checkout?.temporary;
    const [removed] = await Promise.allSettled([
      removeObjects(this.#deps.docker, this.#deps.clock, objects),
      temporary === undefined ? undefined : rm(temporary, { recursive: true, force: true }),
    ]);
    if (removed.status === 'rejected') throw removed.reason;
  }

  async #startClone(run: StepRun): Promise<void> {
    const { clone } = run.step;
    if (clone === undefined) return;
    const temporary = await this.#deps.checkouts.make();
    const directory = join(temporary, 'src');
    this.#checkout = { temporary, directory };
    await mkdir(directory);
    const { environment, output } = run;
    const credentials = this.#stage.cloneCredentials;
    const task = new CloneTask(this.#deps.git, { clone, credentials, directory, environment, output });
    this.#running.set(run, task);
  }

  /** The prepared container where it still fits, else a new one. */
  async #take(run: StepRun): Promise<Made> {
    const prepared = this.#prepared.get(run);
    if (prepared !== undefined && isSame(prepared.environment, run.environment)) return await prepared.made;
    const made = this.#make(run, run.environment);
    made.catch(() => undefined);
    this.#prepared.set(run, { environment: run.environment, made });
    return await made;
  }

  async #make(run: StepRun, environment: Readonly<Record<string, string>>): Promise<Made> {
    const { image, pull } = run.step;
    if (image === undefined) {
      throw new AppError('step-start-failed', `The step ${run.step.name} names no image.`, {
        hint: 'Set image, or use a pipeline of the type exec.',
      });
    }
    const notes = [...(await this.#images.beforeCreate(image, pull))];
    const container = await this.#create(run, environment, image).catch(async (error: unknown) => {
      if (statusOf(error) !== 404 || notes.length > 0) throw error;
      notes.push(...(await this.#images.whenMissing(image, pull)));
      return await this.#create(run, environment, image);
    });
    return { container, notes };
  }

  async #create(
    run: StepRun,
    environment: Readonly<Record<string, string>>,
    image: string,
  ): Promise<StepContainer> {
    const { docker, clock, networks } = this.#deps;
    const { step } = run;
    const name = randomName();
    const options = { image: this.#images.nameOf(image), environment };
    const config = containerConfig(this.#stage.plan, step, this.#resources, options);
    this.#containers.push(name);
    const container = await docker.createContainer({ name, ...config, abortSignal: timeout() });
    if (step.script !== undefined && needsScriptFile(step)) {
      await uploadFile(container, { name: SCRIPT_FILE, text: step.script }, timeout());
    }
    for (const network of step.networkMode === undefined ? networks : []) {
      await docker.getNetwork(network).connect({ Container: name, EndpointConfig: { Aliases: [network] } });
    }
    return await StepContainer.attach(container, run, { clock, signal: this.#abort.signal });
  }

  /** The first container that starts after the clone carries the checkout into the workspace. */
  async #ensureCheckout(container: Docker.Container): Promise<void> {
    if (this.#checkout === undefined) return;
    this.#upload ??= this.#uploadThrough(container, this.#checkout.directory).catch((error: unknown) => {
      // The next container may try again.
      this.#upload = undefined;
      throw toDockerError(error, 'The checkout cannot be copied into the workspace');
    });
    await this.#upload;
  }

  async #uploadThrough(container: Docker.Container, directory: string): Promise<void> {
    const { plan } = this.#stage;
    const options = { directory, target: plan.workspace.base, prefix: checkoutPrefix(plan) };
    await uploadDirectory(container, { ...options, signal: this.#abort.signal });
  }
}

/** True when the two differ at most in what changes by the second. */
function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name] || VOLATILE_ENVIRONMENT.has(name));
}

function timeout(): AbortSignal {
  return AbortSignal.timeout(CALL_TIMEOUT_MS);
}
