import type { Build } from '@sortie/core/build';
import type { Status } from '@sortie/core/status';

/** Statuses that the 0.5 API knows (api-legacy.md 5.2). */
export type LegacyStatus = 'pending' | 'running' | 'success' | 'failure' | 'killed' | 'error' | 'skipped';

export function toLegacyStatus(status: Status): LegacyStatus {
  if (status === 'blocked' || status === 'waiting_on_dependencies') return 'pending';
  return status === 'declined' ? 'killed' : status;
}

/** The branch as 0.5 shows it: of a tag it is the whole ref. */
export function legacyBranchOf(build: Pick<Build, 'event' | 'ref' | 'target'>): string {
  return build.event === 'tag' ? build.ref : build.target;
}

/** `head:base` of a pull request, empty for everything else. */
export function legacyRefspecOf(build: Pick<Build, 'event' | 'source' | 'target'>): string {
  return build.event === 'pull_request' ? `${build.source}:${build.target}` : '';
}

/** The title of a pull request stands for its message. */
export function legacyMessageOf(build: Pick<Build, 'event' | 'title' | 'message'>): string {
  return build.event === 'pull_request' && build.title !== '' ? build.title : build.message;
}
