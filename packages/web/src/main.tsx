import { createClient } from '@sortie/sdk/client';
import { isUnauthorized } from '@sortie/sdk/errors';
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { keys } from './hooks/queries.ts';
import { readPrefix } from './lib/prefix.ts';
import './styles/main.css';

const container = document.getElementById('root');
if (container === null) throw new Error('index.html has no element with the id "root"');

const prefix = readPrefix(document);
const client = createClient({ baseUrl: `${window.location.origin}${prefix}` });
const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // The session may have ended: ask once who we are, and the pages follow.
      const isKnown = queries.getQueryData(keys.user) !== null;
      if (isUnauthorized(error) && isKnown && query.queryKey[0] !== 'user') {
        void queries.invalidateQueries({ queryKey: keys.user });
      }
    },
  }),
  // The client repeats what may be repeated; live updates keep answers fresh.
  defaultOptions: { queries: { retry: false, staleTime: 30_000 }, mutations: { retry: false } },
});
createRoot(container).render(<App services={{ client, prefix }} queries={queries} />);
