import type { HookOptions, LinkTarget } from '../driver.ts';
import type { Rest } from '../rest/client.ts';

/** Where the services with an API in the shape of GitHub's (GitHub itself, Gitea, Forgejo) differ. */
export interface Hub {
  readonly rest: Rest;
  /** For error messages. */
  readonly name: string;
  /** Address that people open, with a slash at its end. */
  readonly server: URL;
  /** Origins that addresses in answers may be on. */
  readonly origins: readonly string[];
  readonly pictureHosts: readonly string[];
  readonly pageSize: Readonly<Record<string, number>>;
  /** Below the repository: the path of one commit. */
  readonly commitPath: (sha: string) => string;
  /** Below the repository: the path of one ref, before its name without `refs/`. */
  readonly refPath: string;
  readonly hookBody: (options: HookOptions) => unknown;
  /** A change leaves the secret of a hook as it is. */
  readonly keepsHookSecret: boolean;
  /** Ask the service for a test delivery, below one hook. */
  readonly testPath: string;
  readonly maxDescription: number;
  readonly pagesOf: { readonly pulls: string; readonly branch: string; readonly tag: string };
}

/** The page for a pull request, tag, commit, branch, or the repository: the first that the target names. */
export type LinkMaker = (slug: string, target: LinkTarget) => string;
