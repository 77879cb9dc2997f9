import { RESERVED_SEGMENTS } from '@sortie/core/reserved';
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { parseRoute, type Route } from '../lib/route.ts';

export interface Router {
  readonly route: Route;
  readonly hash: string;
  /** Opens an address of this server. `replace` leaves no entry in the history. */
  readonly navigate: (href: string, options?: { readonly replace?: boolean }) => void;
}

const RouterContext = createContext<Router | undefined>(undefined);

/** Keeps the page in step with the address bar. */
export function RouterProvider({ children }: { readonly children: ReactNode }) {
  const [place, setPlace] = useState(readPlace);
  useEffect(() => {
    const update = () => setPlace(readPlace());
    window.addEventListener('popstate', update);
    window.addEventListener('hashchange', update);
    return () => {
      window.removeEventListener('popstate', update);
      window.removeEventListener('hashchange', update);
    };
  }, []);
  const navigate = useCallback<Router['navigate']>((href, options) => {
    if (options?.replace === true) history.replaceState(null, '', href);
    else history.pushState(null, '', href);
    setPlace(readPlace());
  }, []);
  const router = useMemo<Router>(
    () => ({
      route: parseRoute(place.pathname, place.search, RESERVED_SEGMENTS),
      hash: place.hash,
      navigate,
    }),
    [place, navigate],
  );
  return <RouterContext value={router}>{children}</RouterContext>;
}

export function useRouter(): Router {
  const router = use(RouterContext);
  if (router === undefined) throw new Error('useRouter needs a RouterProvider');
  return router;
}

function readPlace() {
  const { pathname, search, hash } = window.location;
  return { pathname, search, hash };
}
