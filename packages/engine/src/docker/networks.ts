import type Docker from 'dockerode';
import type { NetworkCreateOptions } from 'dockerode';
import { type Clock, unixSeconds } from '../clock.ts';
import { orAborted } from '../failure.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import { daemonMessage, statusOf } from './docker-error.ts';
import { EXPIRES_LABEL, randomName } from './object-name.ts';
import { removeObjects } from './removal.ts';
import type { SubnetPool } from './subnets.ts';

/** So long a spare network is its owner's; after that the sweep of any runner may take it. */
const SPARE_SECONDS = 24 * 3600;

/** Networks that wait for a stage: two for each of six slots, as one is still being emptied when the next is wanted. */
const MAX_SPARE = 12;

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
 * together. Making and removing one also costs the daemon half as much as a whole container, so one goes
 * from stage to stage. It carries the owner's labels and an end of its own.
 */
export class NetworkPool {
  readonly #deps: NetworkPoolDeps;
  readonly #subnetOf = new Map<string, string>();
  /** When each expires that any stage may have. */
  readonly #expires = new Map<string, number>();
  /** Each resolves with a name, or `undefined` when the network could not be made. */
  readonly #spare: Promise<string | undefined>[] = [];

  constructor(deps: NetworkPoolDeps) {
    this.#deps = deps;
  }

  /** Makes a spare one in the background if there is none; a failure is met again by `take`, which reports it. */
  refill(docker: Docker): void {
    if (this.#spare.length > 0) return;
    const made = this.#createShared(docker);
    this.#spare.push(
      made.then(
        (name) => name,
        () => undefined,
      ),
    );
  }

  /** The name of a network that nobody uses and that outlives whatever carries the labels. */
  async take(docker: Docker, use: NetworkUse): Promise<string> {
    if (use.containers > SPARE_CONTAINERS || use.os === 'windows') return await this.#create(docker, use);
    const until = Number(use.labels[EXPIRES_LABEL] ?? 0);
    const spare = await this.#takeSpare(docker, until);
    if (spare !== undefined) return spare;
    const isLong = until > unixSeconds(this.#deps.clock) + SPARE_SECONDS;
    return await (isLong ? this.#create(docker, use) : this.#createShared(docker));
  }

  /** True when the network may serve another stage as well, once everything of this stage is gone from it. */
  mayKeep(name: string): boolean {
    const expires = this.#expires.get(name) ?? 0;
    return this.#spare.length < MAX_SPARE && expires > unixSeconds(this.#deps.clock) + SPARE_SECONDS / 2;
  }

  /** Everything of the stage is gone from the network, and another stage may have it. */
  keep(name: string): void {
    this.#spare.push(Promise.resolve(name));
  }

  /** The network has been removed: its addresses are free again. */
  release(name: string): void {
    const subnet = this.#subnetOf.get(name);
    if (subnet !== undefined) this.#deps.subnets.release(subnet);
    this.#subnetOf.delete(name);
    this.#expires.delete(name);
  }

  /** Removes what waits for a stage. Throws as `removeObjects` does. */
  async close(docker: Docker): Promise<void> {
    const spare = await Promise.all(this.#spare.splice(0));
    const networks = spare.filter((name) => name !== undefined);
    await removeObjects(docker, this.#deps.clock, { containers: [], volumes: [], networks });
  }

  /** A spare one that is there, empty and not too old. */
  async #takeSpare(docker: Docker, until: number): Promise<string | undefined> {
    const kept: string[] = [];
    try {
      for (let spare = this.#spare.shift(); spare !== undefined; spare = this.#spare.shift()) {
        const name = await spare;
        if (name === undefined) continue;
        // Whatever the daemon answers, it stays known until it is used or gone.
        kept.push(name);
        // `docker system prune` or another runner may have taken it, and somebody may have put a container into it.
        const containers = await containersIn(docker, name);
        const isFit = containers === 0 && (this.#expires.get(name) ?? 0) >= until;
        const isGone =
          containers === undefined || (containers === 0 && !isFit && (await isRemoved(docker, name)));
        if (isFit || isGone) kept.pop();
        if (isFit) return name;
        if (isGone) this.release(name);
      }
      return undefined;
    } finally {
      for (const name of kept) this.keep(name);
    }
  }

  async #createShared(docker: Docker): Promise<string> {
    const expires = unixSeconds(this.#deps.clock) + SPARE_SECONDS;
    const labels = { ...this.#deps.labels, [EXPIRES_LABEL]: String(expires) };
    const name = await this.#create(docker, { labels, containers: SPARE_CONTAINERS, os: 'linux' });
    this.#expires.set(name, expires);
    return name;
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

/**
 * How many containers are in the network; `undefined` when there is no such network, infinite when the daemon does not
 * say.
 */
async function containersIn(docker: Docker, name: string): Promise<number | undefined> {
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  try {
    const found: { Containers?: object } = await orAborted(docker.getNetwork(name).inspect(), signal);
    return Object.keys(found.Containers ?? {}).length;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return statusOf(error) === 404 ? undefined : Number.POSITIVE_INFINITY;
  }
}

/** False when the daemon refuses to remove it, which is no reason not to make another one. */
async function isRemoved(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getNetwork(name).remove({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    return true;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return statusOf(error) === 404;
  }
}
