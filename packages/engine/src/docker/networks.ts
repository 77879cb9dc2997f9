import type Docker from 'dockerode';
import { type Clock, unixSeconds } from '../clock.ts';
import { orAborted } from '../failure.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import { statusOf } from './docker-error.ts';
import { EXPIRES_LABEL, randomName } from './object-name.ts';

/** So long a spare network is its owner's; after that the sweep of any runner may take it. */
const SPARE_SECONDS = 24 * 3600;

/**
 * Bridge networks, of which one is kept ready: making one takes longer than all other preparations of a stage
 * together. The spare one carries the owner's labels and an end of its own.
 */
export class NetworkPool {
  readonly #labels: Readonly<Record<string, string>>;
  readonly #clock: Clock;
  #spare: Promise<string | undefined> | undefined;
  #spareExpires = 0;

  constructor(labels: Readonly<Record<string, string>>, clock: Clock) {
    this.#labels = labels;
    this.#clock = clock;
  }

  /** Makes the spare one in the background; a failure is met again by `take`, which reports it. */
  refill(docker: Docker): void {
    if (this.#spare !== undefined) return;
    this.#spareExpires = unixSeconds(this.#clock) + SPARE_SECONDS;
    const labels = { ...this.#labels, [EXPIRES_LABEL]: String(this.#spareExpires) };
    this.#spare = create(docker, labels).then(
      (name) => name,
      () => undefined,
    );
  }

  /** The name of a network that nobody uses and that outlives whatever carries `labels`. */
  async take(docker: Docker, labels: Readonly<Record<string, string>>): Promise<string> {
    const spare = this.#spare;
    const isLasting = this.#spareExpires >= Number(labels[EXPIRES_LABEL] ?? 0);
    this.#spare = undefined;
    const name = await spare;
    // `docker system prune` or another runner may have taken it meanwhile.
    if (name !== undefined && (await exists(docker, name))) {
      if (isLasting) return name;
      await docker.getNetwork(name).remove();
    }
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
