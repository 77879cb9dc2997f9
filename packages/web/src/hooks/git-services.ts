import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import {
  DELIVERY_PAGE,
  type Delivery,
  type GitServiceCalls,
  gitServiceCalls,
} from '../lib/git-service-calls.ts';
import { useServices } from './services.tsx';

/** The names under which answers about Git services are kept. */
export const serviceKeys = {
  ways: ['ways'] as const,
  identities: ['identities'] as const,
  health: (slug: string) => ['health', slug] as const,
  deliveries: (slug: string) => ['deliveries', slug] as const,
};

/** Until the first webhook has arrived, and until a delivery is settled. */
const UNSETTLED_MS = 5_000;

export function useServiceCalls(): GitServiceCalls {
  const { client } = useServices();
  return useMemo(() => gitServiceCalls(client), [client]);
}

/** The ways to sign in. */
export function useSignInWays() {
  const calls = useServiceCalls();
  return useQuery({ queryKey: serviceKeys.ways, queryFn: ({ signal }) => calls.ways(signal) });
}

export function useIdentities() {
  const calls = useServiceCalls();
  return useQuery({ queryKey: serviceKeys.identities, queryFn: ({ signal }) => calls.identities(signal) });
}

/** How a repository stands with its Git service; only those who may write may ask. */
export function useHealth(slug: string, isEnabled: boolean) {
  const calls = useServiceCalls();
  return useQuery({
    queryKey: serviceKeys.health(slug),
    queryFn: ({ signal }) => calls.health(slug, { signal }),
    enabled: isEnabled,
    refetchInterval: ({ state }) => (state.data?.state === 'unproven' ? UNSETTLED_MS : false),
  });
}

/** Deliveries from the newest on, page by page. */
export function useDeliveries(slug: string, isEnabled: boolean) {
  const calls = useServiceCalls();
  return useInfiniteQuery({
    queryKey: serviceKeys.deliveries(slug),
    enabled: isEnabled,
    initialPageParam: 1,
    queryFn: ({ pageParam, signal }) => calls.deliveries(slug, pageParam, signal),
    getNextPageParam: (last: readonly Delivery[], pages) =>
      last.length < DELIVERY_PAGE ? undefined : pages.length + 1,
    refetchInterval: ({ state }) => {
      const isUnsettled = state.data?.pages.flat().some(({ verdict }) => verdict === 'received');
      return isUnsettled === true ? UNSETTLED_MS : false;
    },
  });
}
