import type Docker from 'dockerode';
import { CALL_TIMEOUT_MS } from './client.ts';
import { OWNER_LABEL } from './object-name.ts';
import type { DockerObjects } from './removal.ts';

/** Everything of any runner, running or not, that the predicate takes for left behind. */
export async function listLeftovers(
  docker: Docker,
  isLeft: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<DockerObjects> {
  const filters = { label: [OWNER_LABEL] };
  // `all`: a crash between creation and start leaves containers that never ran.
  const [containers, volumes, networks] = await Promise.all([
    docker.listContainers({ all: true, filters, abortSignal: timeout() }),
    docker.listVolumes({ filters, abortSignal: timeout() }),
    docker.listNetworks({ filters, abortSignal: timeout() }),
  ]);
  return {
    containers: containers.filter((one) => isLeft(one.Labels)).map((one) => one.Id),
    // Podman answers null where Docker answers an empty list.
    volumes: (volumes.Volumes ?? []).filter((one) => isLeft(one.Labels ?? {})).map((one) => one.Name),
    networks: networks.filter((one) => isLeft(one.Labels ?? {})).map((one) => one.Name),
  };
}

function timeout(): AbortSignal {
  return AbortSignal.timeout(CALL_TIMEOUT_MS);
}
