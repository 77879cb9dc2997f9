import { AppError } from '@sortie/core/errors';
import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import { orAborted } from '../failure.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import { daemonMessage, isUnreachable, statusOf, unreachable } from './docker-error.ts';

/** Names or ids of what is to be removed. */
export interface DockerObjects {
  readonly containers: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
}

/** The daemon lets go of a removed container a moment after it has said so; each wait is so much longer. */
const TRIES = 8;
const BETWEEN_TRIES_MS = 200;

export interface Remaining {
  readonly kind: 'container' | 'volume' | 'network';
  readonly name: string;
  /** What Docker says about it. */
  readonly reason: string;
}

/** As `removeAsMuch`, but what is left is an error: one `engine-failed` that lists it. */
export async function removeObjects(docker: Docker, clock: Clock, objects: DockerObjects): Promise<void> {
  const left = await removeAsMuch(docker, clock, objects);
  if (left.length === 0) return;
  const list = left.map(({ kind, name, reason }) => `${kind} ${name}: ${reason}`);
  throw new AppError('engine-failed', `Docker did not remove everything: ${list.join('; ')}`, {
    hint: 'It is tried again later; or remove what carries the label io.drone=true by hand.',
  });
}

/**
 * Kills and removes, all of a kind at once: containers with their anonymous volumes, then volumes and networks.
 * What is gone already counts as removed. Returns what is left; throws `docker-unreachable`.
 */
export async function removeAsMuch(
  docker: Docker,
  clock: Clock,
  objects: DockerObjects,
): Promise<readonly Remaining[]> {
  const containers = await removeAll(clock, objects.containers, 'container', (name) =>
    docker.getContainer(name).remove({ force: true, v: true, abortSignal: timeout() }),
  );
  const rest = await Promise.all([
    removeAll(clock, objects.volumes, 'volume', (name) =>
      docker.getVolume(name).remove({ force: true, abortSignal: timeout() }),
    ),
    removeAll(clock, objects.networks, 'network', (name) =>
      removeNetwork(docker.getNetwork(name), objects.containers),
    ),
  ]);
  return [...containers, ...rest.flat()];
}

async function removeAll(
  clock: Clock,
  names: readonly string[],
  kind: Remaining['kind'],
  remove: (name: string) => Promise<unknown>,
): Promise<readonly Remaining[]> {
  const failures = await Promise.all(names.map((name) => removeOne(clock, () => remove(name))));
  return names.flatMap((name, at) => {
    const reason = failures[at];
    return reason === undefined ? [] : [{ kind, name, reason }];
  });
}

/** A container that is removed while it starts leaves its end of the network behind, which nothing else takes away. */
async function removeNetwork(network: Docker.Network, gone: readonly string[]): Promise<void> {
  try {
    await network.remove({ abortSignal: timeout() });
  } catch (error) {
    // In the words of Docker and of Podman.
    if (!/active endpoints|has associated containers/.test(daemonMessage(error))) throw error;
    const { Containers = {} }: Docker.NetworkInspectInfo = await orAborted(network.inspect(), timeout());
    // Ends of containers that are gone are not listed, but known by their names.
    const ends = [...Object.values(Containers).map(({ Name }) => Name), ...gone];
    const disconnected = ends.map((Container) => network.disconnect({ Container, Force: true }));
    await orAborted(Promise.allSettled(disconnected), timeout());
    // The next try finds it empty.
    throw error;
  }
}

async function removeOne(clock: Clock, remove: () => Promise<unknown>): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      await remove();
      return undefined;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      if (isUnreachable(error)) throw unreachable(error);
      if (tries === TRIES) return daemonMessage(error);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.after(BETWEEN_TRIES_MS * tries, resolve);
    await promise;
  }
}

function timeout(): AbortSignal {
  return AbortSignal.timeout(CALL_TIMEOUT_MS);
}
