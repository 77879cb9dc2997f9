import { isUnauthorized } from '@sortie/sdk/errors';
import type { Build, User } from '@sortie/sdk/types';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useServices } from './services.tsx';

export const PAGE_SIZE = 50;
/** While repositories are looked for. */
const SYNCING_MS = 2_000;

/** The names under which answers are kept; live updates write to the same ones. */
export const keys = {
  user: ['user'] as const,
  repos: ['repos'] as const,
  repo: (slug: string) => ['repo', slug] as const,
  builds: (slug: string) => ['builds', slug] as const,
  build: (slug: string, number: number) => ['build', slug, number] as const,
  config: (slug: string, number: number) => ['config', slug, number] as const,
  tokens: ['tokens'] as const,
};

/** The account; `null` for visitors. */
export function useUser() {
  const { client } = useServices();
  return useQuery<User | null>({
    queryKey: keys.user,
    queryFn: async ({ signal }) => {
      try {
        return await client.me.get({ signal });
      } catch (error) {
        if (isUnauthorized(error)) return null;
        throw error;
      }
    },
    refetchInterval: ({ state }) => (state.data?.syncing === true ? SYNCING_MS : false),
  });
}

export function useRepos() {
  const { client } = useServices();
  return useQuery({
    queryKey: keys.repos,
    queryFn: ({ signal }) => client.me.repos({ latest: true, signal }),
  });
}

export function useRepo(slug: string) {
  const { client } = useServices();
  return useQuery({
    queryKey: keys.repo(slug),
    queryFn: ({ signal }) => client.repos.get(slug, { signal }),
  });
}

/** Builds from the newest on, page by page. */
export function useBuilds(slug: string) {
  const { client } = useServices();
  return useInfiniteQuery({
    queryKey: keys.builds(slug),
    initialPageParam: 1,
    queryFn: ({ pageParam, signal }) =>
      client.builds.list(slug, { page: pageParam, perPage: PAGE_SIZE, signal }),
    getNextPageParam: (last: readonly Build[], pages) =>
      last.length < PAGE_SIZE ? undefined : pages.length + 1,
  });
}

export function useBuild(slug: string, number: number) {
  const { client } = useServices();
  return useQuery({
    queryKey: keys.build(slug, number),
    queryFn: ({ signal }) => client.builds.get(slug, number, { signal }),
  });
}

export function useConfig(slug: string, number: number) {
  const { client } = useServices();
  return useQuery({
    queryKey: keys.config(slug, number),
    queryFn: ({ signal }) => client.builds.config(slug, number, { signal }),
  });
}

export function useTokens() {
  const { client } = useServices();
  return useQuery({ queryKey: keys.tokens, queryFn: ({ signal }) => client.tokens.list({ signal }) });
}
