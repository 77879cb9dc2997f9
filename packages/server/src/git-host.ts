import { join } from 'node:path';
import type { Repo } from '@sortie/core/repo';
import { changedFiles } from '@sortie/githost/changed-files';
import type { GitBinary } from '@sortie/githost/git';
import { createGitHost, type GitHost } from '@sortie/githost/host';
import type { GitRepo } from '@sortie/githost/objects';
import { commitWithFile, findCommit } from '@sortie/githost/read';
import type { Logger } from 'pino';
import {
  authenticateGit,
  authorizeGit,
  createGitRepo,
  type GitAccessDeps,
  type GitCaller,
} from './services/git-access.ts';
import { type PushDeps, receivePush } from './services/push.ts';
import type { RepoSource } from './services/source.ts';
import { findRepoById, updateRepo } from './store/repos.ts';

export interface BuiltinHostDeps {
  readonly dataFolder: string;
  readonly git: GitBinary;
  readonly quotaBytes: number;
  readonly access: GitAccessDeps;
  readonly push: Omit<PushDeps, 'source'>;
  readonly log: Logger;
}

export interface BuiltinHost {
  readonly host: GitHost;
  readonly source: RepoSource;
  readonly push: PushDeps;
  /** Ids of repositories with a push that moved refs but could not be announced. */
  readonly owed: Set<number>;
}

/** Where the bare repositories lie. */
export function gitFolder(dataFolder: string): string {
  return join(dataFolder, 'git');
}

/** The built-in Git host, connected to the accounts and the trigger of this server. */
export function createBuiltinHost(deps: BuiltinHostDeps): BuiltinHost {
  const owed = new Set<number>();
  const host = createGitHost<GitCaller>({
    root: gitFolder(deps.dataFolder),
    git: deps.git,
    now: deps.access.now,
    limits: { repoBytes: deps.quotaBytes },
    authenticate: (credentials) => authenticateGit(deps.access, credentials),
    authorize: (account, name, right) => authorizeGit(deps.access, account, name, right),
    createRepo: (account, namespace, name) => createGitRepo(deps.access, account, namespace, name),
    onPush: async ({ repo, account, changes, moved, options, defaultBranch, git }) => {
      try {
        const stored = await repoAfterPush(deps, repo.id, defaultBranch);
        // The push brings a reader that is open already, which saves a process.
        const reader: PushDeps = { ...push, source: sourceOf(async () => git) };
        return await receivePush(reader, { repo: stored, sender: account.login, changes, moved, options });
      } catch (error) {
        owed.add(repo.id);
        throw error;
      }
    },
    // `err` is the name under which the log shows message and stack.
    log: (level, message, { error, ...fields }) =>
      deps.log[level](error === undefined ? fields : { ...fields, err: error }, message),
  });
  const source = sourceOf((repo) => host.openRepo({ id: repo.id, uid: repo.uid }));
  const push: PushDeps = { ...deps.push, source };
  return { host, source, push, owed };
}

function sourceOf(open: (repo: Repo) => Promise<GitRepo>): RepoSource {
  return {
    findCommit: async (repo, ref) => toSource(await findCommit(await open(repo), ref)),
    commitWithFile: async (repo, ref, path) => {
      const found = await commitWithFile(await open(repo), ref, path);
      const commit = toSource(found?.commit);
      return commit && { commit, text: found?.file?.bytes.toString('utf8') };
    },
    changedFiles: async (repo, before, after) => {
      const files = await changedFiles(await open(repo), before, after);
      return files?.flatMap(({ path, previousPath }) =>
        previousPath === undefined ? [path] : [path, previousPath],
      );
    },
  };
}

/** The default branch follows HEAD, which the first push of a repository decides. */
async function repoAfterPush(deps: BuiltinHostDeps, id: number, defaultBranch: string): Promise<Repo> {
  const repo = await findRepoById(deps.access.db, id);
  if (repo === undefined) throw new Error(`repository ${id} vanished during a push`);
  if (repo.defaultBranch === defaultBranch) return repo;
  return (await updateRepo(deps.access.db, id, { defaultBranch })) ?? repo;
}

function toSource(
  commit: { sha: string; message: string; author: { name: string; email: string } } | undefined,
) {
  if (commit === undefined) return undefined;
  const { name, email } = commit.author;
  return { sha: commit.sha, message: commit.message, authorLogin: '', authorName: name, authorEmail: email };
}
