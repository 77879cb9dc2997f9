import { readFile } from 'node:fs/promises';
import { AppError } from '@sortie/core/errors';
import { type RegistryLogin, readDockerConfig } from '@sortie/pipeline/registries';

/**
 * The logins of a configuration file of Docker (`DRONE_DOCKER_CONFIG`). To be read for every stage, because `docker
 * login` may change it while the runner lives. Throws `config-value`.
 */
export async function readRegistryFile(path: string): Promise<readonly RegistryLogin[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('config-value', `DRONE_DOCKER_CONFIG names ${path}, which cannot be read.`, {
      hint: 'Name a file that the user of the runner may read.',
      cause,
    });
  });
  const logins = readDockerConfig(text);
  if (logins !== undefined) return logins;
  throw new AppError('config-value', `The file ${path} of DRONE_DOCKER_CONFIG holds no logins.`, {
    hint: 'Write one with docker login.',
  });
}
