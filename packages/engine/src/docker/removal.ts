import { AppError } from '@sortie/core/errors';
import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import { CALL_TIMEOUT_MS } from './client.ts';
import { daemonMessage, isUnreachable, statusOf, unreachable } from './docker-error.ts';

/** Names or ids of what is to be removed. */
export interface DockerObjects {
  readonly containers: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
}

/** The daemon lets go of a removed container a moment after it has said so. */
const TRIES = 5;
const BETWEEN_TRIES_MS = 200;

/**
 * Kills and removes, all of a kind at once: containers with their anonymous volumes, then volumes and networks.
 * What is gone already counts as removed. Throws one `engine-failed` that lists what is left, or
 * `docker-unreachable`.
 */
export async function removeObjects(docker: Docker, clock: Clock, objects: DockerObjects): Promise<void> {
  const containers = await removeAll(clock, objects.containers, 'container', (name) =>
    docker.getContainer(name).remove({ force: true, v: true, abortSignal: timeout() }),
  );
  const rest = await Promise.all([
    removeAll(clock, objects.volumes, 'volume', (name) =>
      docker.getVolume(name).remove({ force: true, abortSignal: timeout() }),
    ),
    removeAll(clock, objects.networks, 'network', (name) =>
      docker.getNetwork(name).remove({ abortSignal: timeout() }),
    ),
  ]);
  const left = [...containers, ...rest.flat()];
  if (left.length === 0) return;
  throw new AppError('engine-failed', `Docker did not remove everything: ${left.join('; ')}`, {
    hint: 'It is tried again when the runner starts; or remove what carries the label io.drone=true by hand.',
  });
}

/** Returns what could not be removed, each with the reason. */
async function removeAll(
  clock: Clock,
  names: readonly string[],
  kind: string,
  remove: (name: string) => Promise<unknown>,
): Promise<readonly string[]> {
  const failures = await Promise.all(names.map((name) => removeOne(clock, () => remove(name))));
  return failures.flatMap((failure, at) =>
    failure === undefined ? [] : [`${kind} ${names[at]}: ${failure}`],
  );
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
    clock.after(BETWEEN_TRIES_MS, resolve);
    await promise;
  }
}

function timeout(): AbortSignal {
  return AbortSignal.timeout(CALL_TIMEOUT_MS);
}
