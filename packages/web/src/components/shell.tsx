import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { globalActions } from '../actions/global.ts';
import { useUser } from '../hooks/queries.ts';
import { useRouter } from '../hooks/router.tsx';
import { useActions } from '../hooks/shortcuts.tsx';
import type { Route } from '../lib/route.ts';
import { Dashboard } from '../pages/dashboard.tsx';
import { Login } from '../pages/login.tsx';
import { NotFound } from '../pages/not-found.tsx';
import { SignIn } from '../pages/sign-in.tsx';
import { Welcome } from '../pages/welcome.tsx';
import { CrashBoundary } from './crash-boundary.tsx';
import { LinkChip } from './link-chip.tsx';
import { Rail } from './rail.tsx';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { Skeleton } from './skeleton.tsx';

const RepoPage = lazy(() => import('../pages/repo.tsx').then((module) => ({ default: module.RepoPage })));
const BuildPage = lazy(() => import('../pages/build.tsx').then((module) => ({ default: module.BuildPage })));
const LoginError = lazy(() =>
  import('../pages/login-error.tsx').then((module) => ({ default: module.LoginError })),
);
const RepoSettings = lazy(() =>
  import('../pages/repo-settings.tsx').then((module) => ({ default: module.RepoSettings })),
);
const Deliveries = lazy(() =>
  import('../pages/deliveries.tsx').then((module) => ({ default: module.Deliveries })),
);
const Account = lazy(() => import('../pages/account.tsx').then((module) => ({ default: module.Account })));

/** Pages for visitors, without navigation. */
const BARE_PAGES: ReadonlySet<Route['page']> = new Set(['welcome', 'sign-in', 'login', 'login-error']);

/** What surrounds every page: skip link, navigation, connection state, shortcuts. */
export function Shell() {
  const { route, navigate } = useRouter();
  const { data: user } = useUser();
  const [hasHelp, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  const showShortcuts = useCallback(() => setHelp(true), []);
  useActions('Everywhere', globalActions({ navigate, showShortcuts, focusFilter, isSignedIn: user != null }));

  const pageKey = keyOf(route);
  const shown = useRef(pageKey);
  useEffect(() => {
    if (shown.current !== pageKey) main.current?.focus({ preventScroll: true });
    shown.current = pageKey;
  }, [pageKey]);

  const isBare = BARE_PAGES.has(route.page);
  return (
    <div className="shell" data-bare={isBare || undefined}>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      {!isBare && <Rail showShortcuts={showShortcuts} />}
      <main id="main" ref={main} tabIndex={-1} className="page" data-page={route.page}>
        <CrashBoundary key={pageKey}>
          <Suspense fallback={<Skeleton rows={6} label="Loading the page" />}>
            <Page route={route} />
          </Suspense>
        </CrashBoundary>
      </main>
      <LinkChip />
      {hasHelp && <ShortcutsDialog onClose={() => setHelp(false)} />}
    </div>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'dashboard':
      return <Dashboard />;
    case 'welcome':
      return <Welcome notice={route.notice} />;
    case 'login':
      return <Login next={route.next} />;
    case 'login-error':
      return <LoginError code={route.code} />;
    case 'sign-in':
      return <SignIn />;
    case 'account':
      return <Account />;
    case 'repo':
      return <RepoPage slug={route.slug} />;
    case 'settings':
      return <RepoSettings slug={route.slug} />;
    case 'deliveries':
      return <Deliveries slug={route.slug} />;
    case 'build':
      return <BuildPage {...route} />;
    case 'not-found':
      return <NotFound />;
  }
}

function keyOf(route: Route): string {
  if (route.page === 'build') return `build ${route.slug} ${route.number}`;
  return 'slug' in route ? `${route.page} ${route.slug}` : route.page;
}

function focusFilter(): boolean {
  const input = document.querySelector<HTMLInputElement>('input[type="search"]');
  input?.focus();
  input?.select();
  return input !== null;
}
