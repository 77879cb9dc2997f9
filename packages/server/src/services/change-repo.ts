import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { findConnectionById } from '../store/connections.ts';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import { highestBuildNumber, type RepoPatch, updateRepo } from '../store/repos.ts';
import { parseConfigPath } from './config-path.ts';
import { repoGone } from './repo-turn.ts';

export interface ChangeRepoDeps {
  readonly db: Db;
}

export interface RepoChange {
  readonly repo: Repo;
  readonly patch: RepoPatch;
  /** The change is made only while the repository has this version. */
  readonly version?: number;
}

/**
 * Changes settings of a repository. Throws `invalid-request` for an unusable path of the pipeline file, `counter-taken`
 * when builds with higher numbers exist, `conflict` for another version, `not-found` when the repository is gone.
 */
export async function changeRepo({ db }: ChangeRepoDeps, change: RepoChange): Promise<Repo> {
  const { repo, version } = change;
  const { configPath } = change.patch;
  const patch =
    configPath === undefined ? change.patch : { ...change.patch, configPath: parseConfigPath(configPath) };
  return inTransaction(db, async (tx) => {
    const changed = await updateRepo(tx, repo.id, await withPrivacy(tx, repo, patch), { version });
    if (changed === undefined) throw repoGone();
    // The row is locked now: no build takes a number until this ends.
    if (patch.counter !== undefined) refuseTaken(patch.counter, await highestBuildNumber(tx, repo.id));
    return changed;
  });
}

/** Nobody but this server says of a repository of the built-in host whether it is private. */
async function withPrivacy(tx: Tx, repo: Repo, patch: RepoPatch): Promise<RepoPatch> {
  if (patch.visibility === undefined) return patch;
  const connection = await findConnectionById(tx, repo.connectionId);
  return connection?.kind === 'builtin' ? { ...patch, isPrivate: patch.visibility === 'private' } : patch;
}

function refuseTaken(counter: number, highest: number): void {
  if (counter >= highest) return;
  throw new AppError(
    'counter-taken',
    `The counter cannot be ${counter}: build ${highest} exists, so that later builds would collide.`,
    { hint: `Use ${highest} or more.` },
  );
}
