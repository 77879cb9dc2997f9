import { type DockerAddress, openDocker } from '@sortie/engine/docker/client';

/** A pull that takes longer is not worth waiting for in a demonstration. */
const PULL_LIMIT_MS = 60_000;

/**
 * The first of the images that this machine has; without any, the first one after it has been pulled, or
 * `undefined` when it cannot be.
 */
export async function findLocalImage(
  address: DockerAddress,
  images: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const docker = await openDocker(address);
  const local = new Set(
    (await docker.listImages({ abortSignal: signal })).flatMap((image) => image.RepoTags ?? []),
  );
  const found = images.find((image) => local.has(image));
  const [first] = images;
  if (found !== undefined || first === undefined) return found;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PULL_LIMIT_MS)]);
  const pulled = await pull(docker, first, limit);
  return pulled ? first : undefined;
}

/** False when the registry cannot be reached or refuses; both are normal on a machine without a network. */
async function pull(
  docker: Awaited<ReturnType<typeof openDocker>>,
  image: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const progress = await docker.pull(image, { abortSignal: signal });
    return await new Promise((resolve) => {
      docker.modem.followProgress(progress, (error: Error | null) => resolve(error === null));
    });
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
