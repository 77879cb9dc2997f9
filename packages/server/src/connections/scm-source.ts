import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { isScmError } from '@sortie/scm/errors';
import type { ScmCommit, ScmToken } from '@sortie/scm/objects';
import type { GitService, TokenBroker } from '../services/git-service.ts';
import type { RepoSource, SourceCommit } from '../services/source.ts';
import { whereFound } from './where-found.ts';

export interface ScmSourceDeps {
  readonly service: GitService;
  readonly broker: TokenBroker;
}

const MAX_CONFIG_BYTES = 1024 * 1024;

/** Reads commits and pipeline files at a Git service, with the token of the repository's owner. */
export function createScmSource({ service, broker }: ScmSourceDeps): RepoSource {
  const { driver, connection } = service;
  const accountOf = (repo: Repo) => ({ userId: repo.userId, connectionId: connection.id });
  const find = async (token: ScmToken, repo: Repo, ref: string): Promise<SourceCommit | undefined> => {
    const commit = await whereFound(() => driver.findCommit(token, repo.slug, ref));
    return commit && toSource(commit);
  };
  return {
    findCommit: (repo, ref) => broker.use(accountOf(repo), (token) => find(token, repo, ref)),
    commitWithFile: (repo, ref, path) =>
      broker.use(accountOf(repo), async (token) => {
        const commit = await find(token, repo, ref);
        if (commit === undefined) return undefined;
        return {
          commit,
          text: await readFile(
            () => driver.fileAt(token, repo.slug, commit.sha, path, MAX_CONFIG_BYTES),
            path,
          ),
        };
      }),
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
