import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';

/** What a build needs to know of the commit it is for. */
export interface SourceCommit {
  readonly sha: string;
  readonly message: string;
  readonly authorLogin: string;
  readonly authorName: string;
  readonly authorEmail: string;
}

/** A commit together with the text of one file in it; no text when there is no such file. */
export interface CommitWithFile {
  readonly commit: SourceCommit;
  readonly text: string | undefined;
}

/**
 * Reads commits and files of a repository where they live: in the built-in host, or at a Git service. Both calls
 * return `undefined` for a commit that does not exist and throw when the source cannot be asked.
 */
export interface RepoSource {
  findCommit(repo: Repo, ref: string): Promise<SourceCommit | undefined>;
  /** Throws `config-too-large` over 1 MiB, `config-missing` when the path is no regular file. */
  commitWithFile(repo: Repo, ref: string, path: string): Promise<CommitWithFile | undefined>;
  /**
   * Paths of the files that differ between two commits, for conditions on `paths`; `undefined` when nobody can tell.
   * A source that has no such list leaves the function out.
   */
  changedFiles?(
    repo: Repo,
    before: string,
    after: string,
    /** By which refs the commits can be fetched, where they have to be. */
    where?: ChangePlace,
  ): Promise<readonly string[] | undefined>;
}

/** Where the two commits of a build are; its ref also says whether it is a pull request. */
export type ChangePlace = Pick<Build, 'ref' | 'target' | 'readFrom'>;
