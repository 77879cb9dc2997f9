import { AppError } from '@sortie/core/errors';
import type { PullPolicy } from '@sortie/core/plan';
import type Docker from 'dockerode';
import type { RegistryCredentials } from '../engine.ts';
import { isUnreachable, statusOf, unreachable } from './docker-error.ts';
import { parseImageName } from './image-name.ts';
import { isRegistryDown, neverPulled, pullError } from './pull-error.ts';
import { readProgress } from './pull-progress.ts';
import { credentialsFor } from './registry-match.ts';
import { StepNotes } from './step-notes.ts';

export interface StageImagesDeps {
  readonly docker: Docker;
  /** Asked at the first pull of the stage, in the order of their rank. */
  readonly registries: () => Promise<readonly RegistryCredentials[]>;
  /** False: the log says nothing of pulls that work. */
  readonly showsProgress: boolean;
}

interface Pull {
  readonly notes: StepNotes;
  readonly done: Promise<void>;
}

/**
 * The images of one stage. Each is pulled at most once, unless a step of the stage itself may have pushed it
 * meanwhile; one that is there wins over a registry that does not answer, unless the step insists.
 */
export class StageImages {
  readonly #deps: StageImagesDeps;
  readonly #signal: AbortSignal;
  readonly #pulls = new Map<string, Pull>();
  #registries: Promise<readonly RegistryCredentials[]> | undefined;

  /** `signal` ends all pulls of the stage. */
  constructor(deps: StageImagesDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
  }

  /** The name in full; text that Docker would not understand stays as it is, and Docker says so. */
  nameOf(image: string): string {
    return parseImageName(image)?.reference ?? image;
  }

  /** True when the policy asks for a fresh image whatever is there. */
  isPulledFirst(image: string, policy: PullPolicy): boolean {
    return policy === 'always' || (policy === 'default' && parseImageName(image)?.tag === 'latest');
  }

  /**
   * Pulls before the container is made where the policy wants that; `isFresh` forgets earlier pulls. Throws
   * `image-not-found` or `image-pull-failed` when there is no image to fall back on.
   */
  async beforeCreate(
    image: string,
    options: { readonly policy: PullPolicy; readonly notes: StepNotes; readonly isFresh: boolean },
  ): Promise<void> {
    const { policy, notes } = options;
    if (!this.isPulledFirst(image, policy)) return;
    if (options.isFresh) this.#pulls.delete(this.nameOf(image));
    try {
      await this.#pull(image, notes);
    } catch (error) {
      // Whoever may not have the image, or asks for one that is gone, must not get an old copy of it.
      const mayFallBack = policy !== 'always' && isRegistryDown(error) && !this.#signal.aborted;
      if (!mayFallBack || !(await this.#exists(image))) throw error;
      notes.add(`${messageOf(error)}; using the image that is already here`);
    }
  }

  /** After Docker has said that the image is missing. Throws `image-not-found` or `image-pull-failed`. */
  async whenMissing(image: string, policy: PullPolicy, notes: StepNotes): Promise<void> {
    if (policy === 'never') throw neverPulled(image);
    await this.#pull(image, notes);
  }

  async #pull(image: string, notes: StepNotes): Promise<void> {
    const name = this.nameOf(image);
    const pull = this.#pulls.get(name) ?? this.#begin(image, name);
    this.#pulls.set(name, pull);
    const unfollow = pull.notes.follow((line) => notes.add(line));
    await pull.done.finally(unfollow);
  }

  #begin(image: string, name: string): Pull {
    const notes = new StepNotes();
    return { notes, done: this.#fetch(image, name, notes) };
  }

  async #fetch(image: string, reference: string, notes: StepNotes): Promise<void> {
    try {
      this.#registries ??= this.#deps.registries();
      const name = parseImageName(image);
      const login = name === undefined ? undefined : credentialsFor(name, await this.#registries);
      const auth = login && {
        username: login.username,
        password: login.password,
        serveraddress: login.address,
      };
      const options = { fromImage: reference, abortSignal: this.#signal };
      const answer = await this.#deps.docker.createImage(auth, options);
      await readProgress(answer, reference, (line) => {
        if (this.#deps.showsProgress) notes.add(line);
      });
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      if (error instanceof AppError) throw error;
      if (isUnreachable(error)) throw unreachable(error);
      throw pullError(reference, error);
    }
  }

  async #exists(image: string): Promise<boolean> {
    try {
      await this.#deps.docker.getImage(this.nameOf(image)).inspect();
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
