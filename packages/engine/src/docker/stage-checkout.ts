import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { GitProgram } from '../clone/clone.ts';
import { CloneTask } from '../clone/clone-task.ts';
import type { EngineStage, StepRun } from '../engine.ts';
import { uploadDirectory } from './archive.ts';
import type { Checkouts } from './checkouts.ts';
import { checkoutPrefix } from './container-config.ts';
import { toDockerError } from './docker-error.ts';

export interface StageCheckoutDeps {
  readonly stage: EngineStage;
  readonly git: GitProgram;
  readonly checkouts: Checkouts;
  /** Cuts a copy that is under way. */
  readonly signal: AbortSignal;
}

/** The clone of one stage: made in a directory of this machine, and carried into the workspace by a container. */
export class StageCheckout {
  readonly #deps: StageCheckoutDeps;
  #made: { readonly temporary: string; readonly directory: string } | undefined;
  #upload: Promise<void> | undefined;

  constructor(deps: StageCheckoutDeps) {
    this.#deps = deps;
  }

  /** Starts the clone step. Throws as `Checkouts.make`. */
  async start({ step, environment, output }: StepRun): Promise<CloneTask | undefined> {
    const { clone } = step;
    if (clone === undefined) return undefined;
    const temporary = await this.#deps.checkouts.make();
    const directory = join(temporary, 'src');
    this.#made = { temporary, directory };
    await mkdir(directory);
    const credentials = this.#deps.stage.cloneCredentials;
    return new CloneTask(this.#deps.git, { clone, credentials, directory, environment, output });
  }

  /** The first container that starts after the clone carries it into the workspace. Throws what the daemon said. */
  async ensureIn(container: Docker.Container): Promise<void> {
    if (this.#made === undefined) return;
    this.#upload ??= this.#uploadThrough(container, this.#made.directory).catch((error: unknown) => {
      // The next container may try again.
      this.#upload = undefined;
      throw toDockerError(error, 'The checkout cannot be copied into the workspace');
    });
    await this.#upload;
  }

  async remove(): Promise<void> {
    if (this.#made !== undefined) await rm(this.#made.temporary, { recursive: true, force: true });
  }

  async #uploadThrough(container: Docker.Container, directory: string): Promise<void> {
    const { stage, signal } = this.#deps;
    const options = { directory, target: stage.plan.workspace.base, prefix: checkoutPrefix(stage.plan) };
    await uploadDirectory(container, { ...options, signal });
  }
}
