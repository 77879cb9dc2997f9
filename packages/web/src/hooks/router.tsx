import { RESERVED_SEGMENTS } from '@sortie/core/reserved';
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { withoutPrefix, withPrefix } from '../lib/prefix.ts';
import { parseRoute, type Route } from '../lib/route.ts';
import { useServices } from './services.tsx';

export interface Router {
  readonly route: Route;
  readonly hash: string;
  /** The address within the server: path, query and fragment. */
  readonly place: string;
  /** Opens an address of this server. `replace` leaves no entry in the history. */
  readonly navigate: (href: string, options?: { readonly replace?: boolean }) => void;
  /** What the browser calls an address of this server. */
  readonly toHref: (href: string) => string;
}

const RouterContext = createContext<Router | undefined>(undefined);

/** Keeps the page in step with the address bar. */
export function RouterProvider({ children }: { readonly children: ReactNode }) {
  const { prefix } = useServices();
  const [place, setPlace] = useState(() => readPlace(prefix));
  useEffect(() => {
    const update = () => setPlace(readPlace(prefix));
    window.addEventListener('popstate', update);
    window.addEventListener('hashchange', update);
    return () => {
      window.removeEventListener('popstate', update);
      window.removeEventListener('hashchange', update);
    };
  }, [prefix]);
  const toHref = useCallback<Router['toHref']>((href) => withPrefix(href, prefix), [prefix]);
  const navigate = useCallback<Router['navigate']>(
    (href, options) => {
      if (options?.replace === true) history.replaceState(null, '', toHref(href));
      else history.pushState(null, '', toHref(href));
      setPlace(readPlace(prefix));
    },
    [prefix, toHref],
  );
  const router = useMemo<Router>(
    () => ({
      route: parseRoute(place.pathname, place.search, RESERVED_SEGMENTS),
      hash: place.hash,
      place: `${place.pathname}${place.search}${place.hash}`,
      navigate,
      toHref,
    }),
    [place, navigate, toHref],
  );
  return <RouterContext value={router}>{children}</RouterContext>;
}

export function useRouter(): Router {
  const router = use(RouterContext);
  if (router === undefined) throw new Error('useRouter needs a RouterProvider');
  return router;
}

function readPlace(prefix: string) {
  const { pathname, search, hash } = window.location;
  return { pathname: withoutPrefix(pathname, prefix), search, hash };
}
