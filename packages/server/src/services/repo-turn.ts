import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { Db } from '../store/db.ts';
import { claimRepoTurn, endRepoTurn, renewRepoTurn } from '../store/repo-turns.ts';
import { findRepoById } from '../store/repos.ts';

export interface RepoTurnDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
  /** Tells the log of what went wrong without stopping the request. */
  readonly reportFailure: (message: string, error: unknown) => void;
  /** How long to wait for somebody else; milliseconds. */
  readonly patienceMs?: number;
}

/** A server that dies leaves its turn for so long. */
const TURN_SECONDS = 60;
const RENEW_MS = 20_000;
const LOOK_AGAIN_MS = 50;
/** As long as one call to a Git service may take. */
const PATIENCE_MS = 30_000;

/**
 * Does work that changes whether a repository is active together with its webhook, one at a time for each repository, on
 * all servers: of two at once the second one sees what the first has left. The work gets the repository as it is then.
 * Throws `not-found` when it is gone, `conflict` when somebody else does not come to an end.
 */
export async function inRepoTurn<Result>(
  deps: RepoTurnDeps,
  { id, slug }: Pick<Repo, 'id' | 'slug'>,
  work: (repo: Repo) => Promise<Result>,
): Promise<Result> {
  const turn = await takeTurn(deps, { id, slug });
  const timer = setInterval(() => void turn.renew(), RENEW_MS);
  timer.unref();
  try {
    const repo = await findRepoById(deps.db, id);
    if (repo === undefined) throw repoGone();
    return await work(repo);
  } finally {
    clearInterval(timer);
    await turn.end();
  }
}

interface Turn {
  renew(): Promise<void>;
  end(): Promise<void>;
}

async function takeTurn(deps: RepoTurnDeps, { id, slug }: Pick<Repo, 'id' | 'slug'>): Promise<Turn> {
  const { db, now, patienceMs = PATIENCE_MS } = deps;
  for (let looks = 1; ; looks += 1) {
    const until = now() + TURN_SECONDS;
    if (await claimRepoTurn(db, { repoId: id, until }, now())) return openTurn(deps, { id, slug }, until);
    if ((await findRepoById(db, id)) === undefined) throw repoGone();
    if (looks * LOOK_AGAIN_MS >= patienceMs) throw busy(slug);
    await pause(LOOK_AGAIN_MS);
  }
}

function openTurn(
  { db, now, reportFailure }: RepoTurnDeps,
  { id, slug }: Pick<Repo, 'id' | 'slug'>,
  first: number,
): Turn {
  let until = first;
  // A renewal may be under way when the work ends.
  let last = Promise.resolve();
  const renew = async () => {
    const longer = now() + TURN_SECONDS;
    try {
      if (await renewRepoTurn(db, { repoId: id, until }, longer)) until = longer;
    } catch (error) {
      reportFailure(`the turn to change ${slug} could not be kept`, error);
    }
  };
  return {
    renew() {
      last = last.then(renew);
      return last;
    },
    async end() {
      await last;
      await endRepoTurn(db, { repoId: id, until });
    },
  };
}

function busy(slug: string): AppError {
  return new AppError('conflict', `Somebody else is switching ${slug} on or off.`, {
    hint: 'Try again in a minute; the Git service takes long to answer.',
  });
}

/** The repository was there when the request began. */
export function repoGone(): AppError {
  return new AppError('not-found', 'Not Found', { hint: 'The repository has been removed meanwhile.' });
}
