import type { Assignment } from '@sortie/contract/runner';
import { matchesAny } from '@sortie/core/secret';

/** What a runner refuses by its own settings, whatever the server hands to it. Empty lists refuse nothing. */
export interface RunnerLimits {
  /** Globs of slugs; `*` stays within a segment. */
  readonly repos: readonly string[];
  /** Globs of events. */
  readonly events: readonly string[];
  readonly isForTrusted: boolean;
}

/** Why the runner does not run the stage; `undefined` when it does. Begins as the sentence of official runners. */
export function refusalOf(
  { repos, events, isForTrusted }: RunnerLimits,
  { repo, build }: Pick<Assignment, 'repo' | 'build'>,
): string | undefined {
  if (repos.length > 0 && !matchesAny(repos, repo.slug)) {
    return refusal(`DRONE_LIMIT_REPOS does not name ${repo.slug}`);
  }
  if (events.length > 0 && !matchesAny(events, build.event)) {
    return refusal(`DRONE_LIMIT_EVENTS does not name ${build.event}`);
  }
  if (isForTrusted && !repo.isTrusted) {
    return refusal(`DRONE_LIMIT_TRUSTED is set and ${repo.slug} is not trusted`);
  }
  return undefined;
}

function refusal(why: string): string {
  return `insufficient permission to run the pipeline: ${why} (setting of the runner). Limit the token of the runner instead, so that another one takes such pipelines.`;
}
