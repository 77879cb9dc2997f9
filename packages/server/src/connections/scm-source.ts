import { AppError } from '@sortie/core/errors';
import { type Repo, slugAtService } from '@sortie/core/repo';
import { isScmError } from '@sortie/scm/errors';
import type { ScmCommit, ScmToken } from '@sortie/scm/objects';
import type { GitService, TokenBroker } from '../services/git-service.ts';
import { type RepoTokenDeps, useRepoToken } from '../services/repo-identity.ts';
import type { RepoSource, SourceCommit } from '../services/source.ts';
import { whereFound } from './where-found.ts';

export interface ScmSourceDeps {
  readonly service: GitService;
  readonly broker: TokenBroker;
  /** Whose token is used; the owner's unless given. */
  readonly accountOf?: RepoTokenDeps['accountOf'];
  /** Unix milliseconds; the clock of the machine unless given. */
  readonly nowMs?: () => number;
}

/** Milliseconds for which an answer is good, so that a burst of builds asks once. */
const SAME_MS = 60_000;
const MAX_REMEMBERED = 10_000;

const MAX_CONFIG_BYTES = 1024 * 1024;

/** Reads commits and pipeline files at a Git service, with the token of the repository. */
export function createScmSource({ service, broker, ...deps }: ScmSourceDeps): RepoSource {
  const { driver, connection } = service;
  const owner = async (repo: Pick<Repo, 'userId'>) => ({ userId: repo.userId, connectionId: connection.id });
  const lending = { broker, accountOf: deps.accountOf ?? owner };
  const requireSame = createIdentityCheck(service, deps.nowMs ?? Date.now);
  const find = async (token: ScmToken, repo: Repo, ref: string): Promise<SourceCommit | undefined> => {
    const commit = await whereFound(() => driver.findCommit(token, slugAtService(repo), ref));
    return commit && toSource(commit);
  };
  return {
    findCommit: (repo, ref) =>
      useRepoToken(lending, repo, async (token) => {
        await requireSame(token, repo);
        return find(token, repo, ref);
      }),
    commitWithFile: (repo, ref, path) =>
      useRepoToken(lending, repo, async (token) => {
        await requireSame(token, repo);
        const commit = await find(token, repo, ref);
        if (commit === undefined) return undefined;
        return {
          commit,
          text: await readFile(
            () => driver.fileAt(token, slugAtService(repo), commit.sha, path, MAX_CONFIG_BYTES),
            path,
          ),
        };
      }),
  };
}

/**
 * Whoever may make repositories can give one the name that another had a moment ago (X31): its files would be run with the
 * secrets of the other. So it is the uid that says whose files these are; without one, as of a fork, everybody is let pass.
 * Throws `not-found`.
 */
function createIdentityCheck({ driver, title }: GitService, nowMs: () => number) {
  const goodUntil = new Map<string, number>();
  return async (token: ScmToken, repo: Repo): Promise<void> => {
    const slug = slugAtService(repo);
    const key = `${repo.id} ${slug}`;
    if (repo.uid === '' || (goodUntil.get(key) ?? 0) > nowMs()) return;
    const found = await whereFound(() => driver.findRepo(token, { slug }));
    if (found !== undefined && found.uid !== repo.uid) {
      throw new AppError('not-found', `Another repository is called ${slug} at ${title} now.`, {
        hint: 'Synchronise an account that sees the repository; it is followed to its new name then.',
      });
    }
    if (goodUntil.size >= MAX_REMEMBERED) goodUntil.clear();
    goodUntil.set(key, nowMs() + SAME_MS);
  };
}

async function readFile(
  read: () => Promise<{ readonly data: Uint8Array }>,
  path: string,
): Promise<string | undefined> {
  try {
    return new TextDecoder().decode((await read()).data);
  } catch (error) {
    if (isScmError(error, 'not-found')) return undefined;
    // Too large, or no regular file: the driver's sentence says which.
    if (isScmError(error, 'validation')) {
      throw new AppError('config-missing', `${path} cannot be used: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function toSource(commit: ScmCommit): SourceCommit {
  const { login, name, email } = commit.author;
  return {
    sha: commit.sha,
    message: commit.message,
    authorLogin: login,
    authorName: name,
    authorEmail: email,
  };
}
