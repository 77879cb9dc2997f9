import { type Build, type BuildEvent, EVENTS } from '@sortie/core/build';
import { deployBuild, type RepeatBuild, restartBuild } from '../../services/repeat-build.ts';
import { type TriggerParts, triggerDepsOf } from '../../services/trigger-deps.ts';
import type { TriggerOutcome } from '../../services/trigger-request.ts';

/** The events that `event` of row 15 may name. */
const FORK_EVENTS: ReadonlySet<string> = new Set(['push', 'pull_request', 'tag']);

/** What the fork itself reads from the query; everything else is a parameter of the build. */
export const FORK_PARAMETERS = ['fork', 'event', 'deploy_to'] as const;

export interface ForkBuild extends RepeatBuild {
  /** `event` and `deploy_to`; other members do not count. */
  readonly query: Readonly<Record<string, string>>;
}

/**
 * The fork of 0.5 (api-legacy.md 3.4): the commit is built again as a new build, with `event=deployment` as a
 * deployment to `deploy_to`. Throws as `restartBuild` does.
 */
export async function forkBuild(deps: TriggerParts, fork: ForkBuild): Promise<TriggerOutcome> {
  const { query, build } = fork;
  const target = query.deploy_to || build.deployTo;
  const trigger = triggerDepsOf(deps, fork.repo);
  const isDeployment =
    query.event === 'deployment' || (build.event === 'promote' && !FORK_EVENTS.has(query.event ?? ''));
  return isDeployment
    ? deployBuild(trigger, { ...fork, event: 'promote', target })
    : restartBuild(trigger, {
        ...fork,
        build: { ...build, event: eventOf(build, query.event), deployTo: target },
        isDebug: false,
      });
}

/** Whatever 0.5 does not know as an event changes nothing. */
function eventOf(build: Build, wanted = ''): BuildEvent {
  if (!FORK_EVENTS.has(wanted)) return build.event;
  return EVENTS.find((event) => event === wanted) ?? build.event;
}
