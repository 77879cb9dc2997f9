import type { Build, Repo } from '@sortie/sdk/types';
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { applyToRepos, newerBuild, upsertBuild } from '../lib/live.ts';
import { keys } from './queries.ts';

export interface BuildSink {
  add(repo: Repo, build: Build): void;
  stop(): void;
}

/** Collects changed builds for `delayMs()` and writes the last state of each to the cache. */
export function createBuildSink(queries: QueryClient, delayMs: () => number): BuildSink {
  const waiting = new Map<number, { readonly repo: Repo; readonly build: Build }>();
  // Repositories that the account does not list: public ones of others. Asked for once, then left alone.
  const strangers = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    timer = undefined;
    for (const { repo, build } of waiting.values()) write(repo, build);
    waiting.clear();
  }

  function write(repo: Repo, build: Build): void {
    queries.setQueryData<Build>(keys.build(repo.slug, build.number), (known) =>
      known === undefined ? undefined : newerBuild(known, build),
    );
    queries.setQueryData<InfiniteData<readonly Build[]>>(keys.builds(repo.slug), (data) => {
      const [first, ...rest] = data?.pages ?? [];
      if (data === undefined || first === undefined) return data;
      const page = data.pages.findIndex((builds) => builds.some((known) => known.id === build.id));
      if (page > 0)
        return {
          ...data,
          pages: data.pages.map((builds, at) => (at === page ? upsertBuild(builds, build) : builds)),
        };
      return { ...data, pages: [upsertBuild(first, build), ...rest] };
    });
    const repos = queries.getQueryData<readonly Repo[]>(keys.repos);
    if (repos === undefined) return;
    const changed = applyToRepos(repos, repo.slug, build);
    if (changed !== undefined) {
      queries.setQueryData(keys.repos, changed);
    } else if (!strangers.has(repo.slug)) {
      strangers.add(repo.slug);
      void queries.invalidateQueries({ queryKey: keys.repos });
    }
  }

  return {
    add(repo, build) {
      const held = waiting.get(build.id);
      waiting.set(build.id, { repo, build: newerBuild(held?.build, build) });
      timer ??= setTimeout(flush, delayMs());
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
