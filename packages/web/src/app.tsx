import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { Shell } from './components/shell.tsx';
import { AnnouncerProvider } from './hooks/announcer.tsx';
import { LiveProvider } from './hooks/live.tsx';
import { RouterProvider } from './hooks/router.tsx';
import { type Services, ServicesContext } from './hooks/services.tsx';
import { ShortcutsProvider } from './hooks/shortcuts.tsx';

interface AppProps {
  readonly services: Services;
  readonly queries: QueryClient;
}

/** Everything that lives as long as the page, from the outside in. */
export function App({ services, queries }: AppProps) {
  return (
    <StrictMode>
      <ServicesContext value={services}>
        <QueryClientProvider client={queries}>
          <RouterProvider>
            <LiveProvider>
              <ShortcutsProvider>
                <AnnouncerProvider>
                  <Shell />
                </AnnouncerProvider>
              </ShortcutsProvider>
            </LiveProvider>
          </RouterProvider>
        </QueryClientProvider>
      </ServicesContext>
    </StrictMode>
  );
}
