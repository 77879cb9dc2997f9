import type Docker from 'dockerode';
import { orAborted } from '../failure.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import { statusOf } from './docker-error.ts';
import { randomName } from './object-name.ts';

/**
 * Bridge networks, of which one is kept ready: making one takes longer than all other preparations of a stage
 * together. The spare one carries the owner's labels only.
 */
export class NetworkPool {
  readonly #labels: Readonly<Record<string, string>>;
  #spare: Promise<string | undefined> | undefined;

  constructor(labels: Readonly<Record<string, string>>) {
    this.#labels = labels;
  }

  /** Makes the spare one in the background; a failure is met again by `take`, which reports it. */
  refill(docker: Docker): void {
    this.#spare ??= create(docker, this.#labels).then(
      (name) => name,
      () => undefined,
    );
  }

  /** The name of a network that nobody uses. */
  async take(docker: Docker, labels: Readonly<Record<string, string>>): Promise<string> {
    const spare = this.#spare;
    this.#spare = undefined;
    const name = await spare;
    // `docker system prune` may have taken it meanwhile.
    if (name !== undefined && (await exists(docker, name))) return name;
    return await create(docker, labels);
  }

  async close(docker: Docker): Promise<void> {
    const spare = await this.#spare;
    this.#spare = undefined;
    if (spare !== undefined && (await exists(docker, spare))) await docker.getNetwork(spare).remove();
  }
}

async function exists(docker: Docker, name: string): Promise<boolean> {
  try {
    await orAborted(docker.getNetwork(name).inspect(), AbortSignal.timeout(CALL_TIMEOUT_MS));
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

async function create(docker: Docker, labels: Readonly<Record<string, string>>): Promise<string> {
  const name = randomName();
  await docker.createNetwork({
    Name: name,
    Driver: 'bridge',
    Labels: { ...labels },
    abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  return name;
}
