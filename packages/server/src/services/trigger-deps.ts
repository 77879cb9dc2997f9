import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { RepoSource } from './source.ts';
import type { TriggerDeps } from './trigger.ts';

/** What triggers of all repositories share. */
export interface TriggerParts extends Omit<TriggerDeps, 'source' | 'wake' | 'stop'> {
  readonly queue: { wake(): void; stop(): void };
  /** Where commits and files of a repository are read; `undefined` while its Git service cannot be asked. */
  readonly sourceOf: (repo: Repo) => RepoSource | undefined;
}

/** What a trigger of one repository needs. Throws `git-missing` when its commits cannot be read. */
export function triggerDepsOf({ queue, sourceOf, ...parts }: TriggerParts, repo: Repo): TriggerDeps {
  const source = sourceOf(repo);
  if (source === undefined) {
    throw new AppError('git-missing', 'The Git service of the repository cannot be asked.', {
      hint: 'The log of the server says why; install git, or connect the service again.',
    });
  }
  return { ...parts, source, wake: () => queue.wake(), stop: () => queue.stop() };
}
