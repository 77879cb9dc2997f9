import type { Build, Repo } from '@sortie/sdk/types';

/** The newer of two snapshots of one build. A late one never replaces what is already known. */
export function newerBuild(known: Build | undefined, incoming: Build): Build {
  if (known === undefined || known.id !== incoming.id) return incoming;
  if (incoming.version < known.version) return known;
  if (incoming.version > known.version || !haveSameStages(known, incoming)) return incoming;
  return versionSum(incoming) < versionSum(known) ? known : incoming;
}

/** A list from the newest on with one build put in or replaced; the same list when nothing changed. */
export function upsertBuild(builds: readonly Build[], incoming: Build): readonly Build[] {
  const at = builds.findIndex((build) => build.id === incoming.id);
  if (at < 0) {
    const place = builds.findIndex((build) => build.number < incoming.number);
    return place < 0 ? [...builds, incoming] : builds.toSpliced(place, 0, incoming);
  }
  const known = builds[at];
  const newer = newerBuild(known, incoming);
  return newer === known ? builds : builds.with(at, newer);
}

/** The repositories with one build brought in as the latest of its own; `undefined` when that one is not listed. */
export function applyToRepos(
  repos: readonly Repo[],
  slug: string,
  build: Build,
): readonly Repo[] | undefined {
  const at = repos.findIndex((repo) => repo.slug === slug);
  const repo = repos[at];
  if (repo === undefined) return undefined;
  if (repo.build !== undefined && repo.build.number > build.number) return repos;
  const newer = newerBuild(repo.build, build);
  if (newer === repo.build) return repos;
  return repos.with(at, { ...repo, build: newer, counter: Math.max(repo.counter, build.number) });
}

/** What the page knows about its connection. */
export type LinkState = 'connecting' | 'live' | 'retrying' | 'offline';

/** The state after one event of the stream; the second failure in a row means polling (see `mustPoll`). */
export interface Link {
  readonly state: LinkState;
  readonly failures: number;
}

export const CONNECTING: Link = { state: 'connecting', failures: 0 };

export function linkAfter(
  link: Link,
  event: { readonly type: string; readonly failures?: number } | 'offline' | 'online',
): Link {
  if (event === 'offline') return { ...link, state: 'offline' };
  if (event === 'online') return { ...link, state: 'retrying' };
  if (event.type !== 'retry') return link.state === 'live' ? link : { state: 'live', failures: 0 };
  return { state: link.state === 'offline' ? 'offline' : 'retrying', failures: event.failures ?? 1 };
}

/** True when pages have to ask by themselves. */
export function mustPoll(link: Link): boolean {
  return link.state === 'retrying' && link.failures >= 2;
}

function haveSameStages(first: Build, second: Build): boolean {
  const stages = first.stages ?? [];
  return (
    stages.length === second.stages?.length &&
    stages.every((stage, at) => stage.id === second.stages?.[at]?.id)
  );
}

function versionSum(build: Build): number {
  let sum = 0;
  for (const stage of build.stages ?? []) {
    sum += stage.version;
    for (const step of stage.steps ?? []) sum += step.version;
  }
  return sum;
}
