import type { BuildStreamEvent } from '@sortie/sdk/streams';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useEffect, useReducer } from 'react';
import { CONNECTING, type Link, linkAfter, mustPoll } from '../lib/live.ts';
import { createBuildSink } from './build-sink.ts';
import { useServices } from './services.tsx';
import { shareStream } from './shared-stream.ts';

const LinkContext = createContext<Link>(CONNECTING);
const POLL_MS = 5_000;
const FLUSH_MS = 100;
const HIDDEN_FLUSH_MS = 5_000;

/** Feeds every build that changes into the cache, and tells how the connection does. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const { client, prefix } = useServices();
  const queries = useQueryClient();
  const [link, dispatch] = useReducer(linkAfter, CONNECTING);

  useEffect(() => {
    const stop = new AbortController();
    const sink = createBuildSink(queries, () => (document.hidden ? HIDDEN_FLUSH_MS : FLUSH_MS));
    const take = (event: BuildStreamEvent) => {
      dispatch(event);
      if (event.type === 'build') sink.add(event.repo, event.build);
      if (event.type === 'resync') void queries.invalidateQueries();
    };
    void shareStream({ client, prefix, signal: stop.signal, take });
    return () => {
      stop.abort();
      sink.stop();
    };
  }, [client, prefix, queries]);

  useEffect(() => {
    const offline = () => dispatch('offline');
    const online = () => {
      dispatch('online');
      void queries.invalidateQueries();
    };
    window.addEventListener('offline', offline);
    window.addEventListener('online', online);
    return () => {
      window.removeEventListener('offline', offline);
      window.removeEventListener('online', online);
    };
  }, [queries]);

  const isPolling = mustPoll(link);
  useEffect(() => {
    if (!isPolling) return;
    const timer = setInterval(() => void queries.invalidateQueries({ type: 'active' }), POLL_MS);
    return () => clearInterval(timer);
  }, [isPolling, queries]);

  return <LinkContext value={link}>{children}</LinkContext>;
}

export function useLink(): Link {
  return use(LinkContext);
}
