import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { AppError } from '@sortie/core/errors';
import type { PullPolicy } from '@sortie/core/plan';
import type Docker from 'dockerode';
import type { RegistryCredentials } from '../engine.ts';
import { daemonMessage, isUnreachable, statusOf, unreachable } from './docker-error.ts';
import { type ImageName, parseImageName, registryHost } from './image-name.ts';

/** More than this of a daemon's chatter helps nobody. */
const MAX_NOTES = 100;

/**
 * The images of one stage: each is pulled at most once, and one that is there wins over the network unless the
 * step asks for a fresh one.
 */
export class StageImages {
  readonly #docker: Docker;
  readonly #registries: readonly RegistryCredentials[];
  readonly #signal: AbortSignal;
  readonly #pulls = new Map<string, Promise<readonly string[]>>();

  /** `signal` ends all pulls of the stage. */
  constructor(docker: Docker, registries: readonly RegistryCredentials[], signal: AbortSignal) {
    this.#docker = docker;
    this.#registries = registries;
    this.#signal = signal;
  }

  /** The name in full; text that Docker would not understand stays as it is, and Docker says so. */
  nameOf(image: string): string {
    return parseImageName(image)?.reference ?? image;
  }

  /**
   * Pulls before the container is made where the policy wants that. Returns lines for the log. Throws
   * `image-pull-failed` when there is no local image to fall back on.
   */
  async beforeCreate(image: string, policy: PullPolicy): Promise<readonly string[]> {
    const isLatest = parseImageName(image)?.tag === 'latest';
    if (policy !== 'always' && !(policy === 'default' && isLatest)) return [];
    try {
      return await this.#pull(image);
    } catch (error) {
      if (isUnreachable(error) || this.#signal.aborted || !(await this.#exists(image))) throw error;
      return [`${messageOf(error)}; using the image that is already here`];
    }
  }

  /** After Docker has said that the image is missing. Throws `image-not-found` or `image-pull-failed`. */
  async whenMissing(image: string, policy: PullPolicy): Promise<readonly string[]> {
    if (policy !== 'never') return await this.#pull(image);
    throw new AppError(
      'image-not-found',
      `The image ${image} is not on this machine and must not be pulled.`,
      {
        hint: 'Change the pull policy of the step, or bring the image to the machine of the runner.',
      },
    );
  }

  #pull(image: string): Promise<readonly string[]> {
    const name = this.nameOf(image);
    const pull = this.#pulls.get(name) ?? this.#fetch(name, parseImageName(image));
    this.#pulls.set(name, pull);
    return pull;
  }

  async #fetch(reference: string, name: ImageName | undefined): Promise<readonly string[]> {
    try {
      const auth = this.#credentialsFor(name);
      const options = { fromImage: reference, abortSignal: this.#signal };
      return await readProgress(await this.#docker.createImage(auth, options));
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      if (isUnreachable(error)) throw unreachable(error);
      throw new AppError(
        'image-pull-failed',
        `The image ${reference} cannot be pulled: ${daemonMessage(error)}`,
        {
          hint: 'Check its name and tag, and that the registry can be reached with the given credentials.',
          cause: error,
        },
      );
    }
  }

  async #exists(image: string): Promise<boolean> {
    try {
      await this.#docker.getImage(this.nameOf(image)).inspect();
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  #credentialsFor(name: ImageName | undefined): Docker.AuthConfig | undefined {
    const found = this.#registries.find(({ address }) => registryHost(address) === name?.registry);
    if (found === undefined) return undefined;
    return { username: found.username, password: found.password, serveraddress: found.address };
  }
}

/** Reads the answer to a pull: lines without progress bars; an error may come after the answer has begun. */
async function readProgress(stream: NodeJS.ReadableStream): Promise<readonly string[]> {
  const notes: string[] = [];
  for await (const line of createInterface({ input: Readable.from(stream) })) {
    const event = parseEvent(line);
    if (event.error !== undefined) throw new Error(event.error);
    if (event.status !== undefined && !event.isLayer && notes.length < MAX_NOTES) notes.push(event.status);
  }
  return notes;
}

function parseEvent(line: string): { error?: string; status?: string; isLayer: boolean } {
  const value: unknown = line.trim() === '' ? {} : JSON.parse(line);
  if (typeof value !== 'object' || value === null) return { isLayer: false };
  const error = 'error' in value && typeof value.error === 'string' ? value.error : undefined;
  const status = 'status' in value && typeof value.status === 'string' ? value.status : undefined;
  // Events with an id are about one layer of many, except the one that names the tag.
  const isLayer = 'id' in value && status?.startsWith('Pulling from ') !== true;
  return { error, status, isLayer };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
