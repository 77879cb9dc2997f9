import { AppError } from '@sortie/core/errors';
import type { Plan, PlanStep } from '@sortie/core/plan';
import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import type { StepRun } from '../engine.ts';
import { uploadFile } from './archive.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import { type ContainerDefaults, containerConfig, type StageResources } from './container-config.ts';
import { statusOf } from './docker-error.ts';
import { EndMarks } from './end-mark.ts';
import type { ExitEvents } from './exit-events.ts';
import type { StageImages } from './images.ts';
import { randomName } from './object-name.ts';
import { mayBePushed } from './own-images.ts';
import { needsScriptFile, SCRIPT_FILE, WINDOWS_SCRIPT_FILE } from './script-program.ts';
import { StepContainer } from './step-container.ts';
import type { StepNotes } from './step-notes.ts';

export interface StepMakerDeps {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly plan: Plan;
  readonly resources: StageResources;
  readonly images: StageImages;
  readonly defaults: ContainerDefaults;
  /** Further networks that every container joins. */
  readonly networks: readonly string[];
  readonly exits: ExitEvents;
  /** Cuts all connections to the containers. */
  readonly signal: AbortSignal;
}

export interface MakeOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Receives what there is to say while the container is made. */
  readonly notes: StepNotes;
  readonly isWaiting: boolean;
  /** Awaited when the image is there and before the container is made. */
  readonly ready?: () => Promise<void>;
}

/** Makes the containers of one stage, with all that belongs to one before its start. */
export class StepMaker {
  readonly #deps: StepMakerDeps;
  readonly #names: string[] = [];

  constructor(deps: StepMakerDeps) {
    this.#deps = deps;
  }

  /** Names of all containers that have been asked for, made or not. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** True when the image of the step may be fetched before its turn. */
  mayPullEarly({ image, pull, ...rest }: PlanStep): boolean {
    const { images, plan } = this.#deps;
    if (image === undefined || !images.isPulledFirst(image, pull)) return true;
    const step = plan.steps.find(({ number }) => number === rest.number);
    return step === undefined || !mayBePushed(plan, step);
  }

  /** Pulls where needed, creates the container and attaches to it. */
  async make(run: StepRun, options: MakeOptions): Promise<StepContainer> {
    const { images } = this.#deps;
    const { image, pull, name } = run.step;
    if (image === undefined) {
      throw new AppError('step-start-failed', `The step ${name} names no image.`, {
        hint: 'Set image, or use a pipeline of the type exec.',
      });
    }
    const { notes } = options;
    await images.beforeCreate(image, { policy: pull, notes, isFresh: !this.mayPullEarly(run.step) });
    await options.ready?.();
    try {
      return await this.#create(run, image, options);
    } catch (error) {
      if (statusOf(error) !== 404 || images.isPulledFirst(image, pull)) throw error;
    }
    await images.whenMissing(image, pull, notes);
    return await this.#create(run, image, options);
  }

  async #create(
    run: StepRun,
    image: string,
    { environment, isWaiting }: MakeOptions,
  ): Promise<StepContainer> {
    const { docker, plan, resources, images, defaults } = this.#deps;
    const { step } = run;
    const name = randomName();
    const settings = { image: images.nameOf(image), environment, defaults, isWaiting };
    const config = containerConfig(plan, step, resources, settings);
    this.#names.push(name);
    const container = await docker.createContainer({ name, ...config, abortSignal: timeout() });
    await this.#uploadScript(container, step);
    for (const network of step.networkMode === undefined ? this.#deps.networks : []) {
      await docker.getNetwork(network).connect({ Container: name, EndpointConfig: { Aliases: [network] } });
    }
    const marks = isWaiting ? new EndMarks() : undefined;
    return await StepContainer.attach(container, run, { ...this.#deps, marks });
  }

  async #uploadScript(container: Docker.Container, step: PlanStep): Promise<void> {
    if (step.script === undefined || !needsScriptFile(step)) return;
    const name = step.shell === 'powershell' ? WINDOWS_SCRIPT_FILE : SCRIPT_FILE;
    await uploadFile(container, { name, text: step.script }, timeout());
  }
}

function timeout(): AbortSignal {
  return AbortSignal.timeout(CALL_TIMEOUT_MS);
}
