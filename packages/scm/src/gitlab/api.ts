import type { Rest } from '../rest/client.ts';

/** One GitLab server. */
export interface GitlabApi {
  readonly rest: Rest;
  /** Address that people open, with a slash at its end. */
  readonly server: URL;
  readonly origins: readonly string[];
}

/** `projects/ID`, with the slug as one encoded segment. */
export function projectPath(slugOrId: string): string {
  return `projects/${encodeURIComponent(slugOrId)}`;
}
