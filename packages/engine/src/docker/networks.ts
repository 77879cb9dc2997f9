import type Docker from 'dockerode';
import type { NetworkCreateOptions } from 'dockerode';
import { type Clock, unixSeconds } from '../clock.ts';
import { orAborted } from '../failure.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import { daemonMessage, statusOf } from './docker-error.ts';
import { EXPIRES_LABEL, randomName } from './object-name.ts';
import type { SubnetPool } from './subnets.ts';

/** So long a spare network is its owner's; after that the sweep of any runner may take it. */
const SPARE_SECONDS = 24 * 3600;

/** Tries with another subnet before Docker may choose one. */
const SUBNET_TRIES = 64;

export interface NetworkPoolDeps {
  /** Of everything that this process makes. */
  readonly labels: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly subnets: SubnetPool;
  /** Options of the bridge (`DRONE_RUNNER_NETWORK_OPTS`). */
  readonly options: Readonly<Record<string, string>>;
}

/** What a network is for. */
export interface NetworkUse {
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: number;
  /** `windows` has a driver of its own. */
  readonly os: string;
}

const SPARE_CONTAINERS = 32;

/**
 * Networks of stages, of which one is kept ready: making one takes longer than all other preparations of a stage
 * together. The spare one carries the owner's labels and an end of its own.
 */
export class NetworkPool {
  readonly #deps: NetworkPoolDeps;
  readonly #subnetOf = new Map<string, string>();
  #spare: Promise<string | undefined> | undefined;
  #spareExpires = 0;

  constructor(deps: NetworkPoolDeps) {
    this.#deps = deps;
  }

  /** Makes the spare one in the background; a failure is met again by `take`, which reports it. */
  refill(docker: Docker): void {
    if (this.#spare !== undefined) return;
    this.#spareExpires = unixSeconds(this.#deps.clock) + SPARE_SECONDS;
    const labels = { ...this.#deps.labels, [EXPIRES_LABEL]: String(this.#spareExpires) };
    this.#spare = this.#create(docker, { labels, containers: SPARE_CONTAINERS, os: 'linux' }).then(
      (name) => name,
      () => undefined,
    );
  }

  /** The name of a network that nobody uses and that outlives whatever carries the labels. */
  async take(docker: Docker, use: NetworkUse): Promise<string> {
    if (use.containers > SPARE_CONTAINERS || use.os === 'windows') return await this.#create(docker, use);
    const spare = this.#spare;
    const isLasting = this.#spareExpires >= Number(use.labels[EXPIRES_LABEL] ?? 0);
    this.#spare = undefined;
    const name = await spare;
    // `docker system prune` or another runner may have taken it meanwhile.
    if (name !== undefined && (await exists(docker, name))) {
      if (isLasting) return name;
      await docker.getNetwork(name).remove();
    }
    if (name !== undefined) this.release(name);
    return await this.#create(docker, use);
  }

  /** The network has been removed: its addresses are free again. */
  release(name: string): void {
    const subnet = this.#subnetOf.get(name);
    if (subnet !== undefined) this.#deps.subnets.release(subnet);
    this.#subnetOf.delete(name);
  }

  async close(docker: Docker): Promise<void> {
    const spare = await this.#spare;
    this.#spare = undefined;
    if (spare !== undefined && (await exists(docker, spare))) await docker.getNetwork(spare).remove();
  }

  async #create(docker: Docker, { labels, containers, os }: NetworkUse): Promise<string> {
    const name = randomName();
    const network = {
      Name: name,
      Driver: os === 'windows' ? 'nat' : 'bridge',
      Labels: { ...labels },
      Options: { ...this.#deps.options },
    };
    for (let tries = 0; tries < SUBNET_TRIES && os !== 'windows'; tries += 1) {
      const subnet = this.#deps.subnets.take(containers);
      if (subnet === undefined) break;
      try {
        await create(docker, { ...network, IPAM: { Config: [{ Subnet: subnet }] } });
        this.#subnetOf.set(name, subnet);
        return name;
      } catch (error) {
        if (!isTaken(error)) {
          this.#deps.subnets.release(subnet);
          throw error;
        }
        this.#deps.subnets.refuse(subnet);
      }
    }
    // Every subnet of ours is in use by others: Docker may know of another one.
    await create(docker, network);
    return name;
  }
}

/** Docker and Podman say it with different status codes, but both say it. */
function isTaken(error: unknown): boolean {
  return (
    statusOf(error) !== undefined && /overlap|already (?:used|in use)|conflict/i.test(daemonMessage(error))
  );
}

async function create(docker: Docker, network: NetworkCreateOptions): Promise<void> {
  await docker.createNetwork({ ...network, abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
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
