import type { CommitWithFile, RepoSource, SourceCommit } from '@sortie/server/services/source';

export interface FakeCommit {
  readonly message?: string;
  /** Text by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Commits in memory, the same for every repository. */
export interface FakeSource extends RepoSource {
  /** Adds a commit with these files, lets the ref point to it, and returns its id. */
  commit(ref: string, commit?: FakeCommit): string;
  /** From now on every call fails, as when the Git service does not answer. */
  fail(error: Error): void;
}

/** A pipeline with one step. */
export const ONE_STEP =
  'kind: pipeline\nname: default\nsteps:\n- name: test\n  image: alpine\n  commands: [true]\n';

export function createFakeSource(): FakeSource {
  const commits = new Map<string, FakeCommit>();
  const refs = new Map<string, string>();
  let failure: Error | undefined;
  const find = (name: string): SourceCommit | undefined => {
    if (failure !== undefined) throw failure;
    const sha = refs.get(name) ?? refs.get(`refs/heads/${name}`) ?? name;
    const commit = commits.get(sha);
    if (commit === undefined) return undefined;
    const author = { authorLogin: '', authorName: 'Octo Cat', authorEmail: 'octocat@example.com' };
    return { sha, message: commit.message ?? 'Add a feature', ...author };
  };
  return {
    commit(ref, commit = { files: { '.drone.yml': ONE_STEP } }) {
      const sha = (commits.size + 1).toString(16).padStart(40, 'c');
      commits.set(sha, commit);
      refs.set(ref, sha);
      return sha;
    },
    fail: (error) => {
      failure = error;
    },
    findCommit: async (_repo, name) => find(name),
    async commitWithFile(_repo, name, path): Promise<CommitWithFile | undefined> {
      const commit = find(name);
      return commit && { commit, text: commits.get(commit.sha)?.files?.[path] };
    },
  };
}
