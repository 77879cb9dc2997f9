import type { User } from '@sortie/sdk/types';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useServiceCalls } from '../hooks/git-services.ts';
import { keys } from '../hooks/queries.ts';
import { Problem } from './problem.tsx';

/** How the repositories of the account are brought in step with its Git services, and why that failed. */
export function SyncNotice({ user }: { readonly user: User }) {
  const calls = useServiceCalls();
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>();
  const wasSyncing = useRef(user.syncing);
  useEffect(() => {
    if (wasSyncing.current && !user.syncing) void queries.invalidateQueries({ queryKey: keys.repos });
    wasSyncing.current = user.syncing;
  }, [queries, user.syncing]);
  const retry = async () => {
    setError(undefined);
    try {
      await calls.synchronise();
      await queries.invalidateQueries({ queryKey: keys.user });
      await queries.invalidateQueries({ queryKey: keys.repos });
    } catch (caught) {
      setError(caught);
    }
  };
  const again = (label: string) => (
    <button type="button" className="button small" onClick={() => void retry()}>
      {label}
    </button>
  );
  return (
    <>
      <p role="status" className="sync-state">
        {user.syncing && 'Looking for repositories at your Git services…'}
        {user.syncing && user.sync_seen !== undefined && ` ${user.sync_seen} so far.`}
      </p>
      {error !== undefined && (
        <Problem what="The synchronisation could not be begun" error={error} retry={() => void retry()} />
      )}
      {!user.syncing && error === undefined && user.sync_error !== undefined && (
        <section className="banner" data-tone="warn" aria-label="Synchronisation">
          <p>
            <b className="tone">The list may be old.</b> The last synchronisation failed: {user.sync_error}
          </p>
          {again('Synchronise again')}
        </section>
      )}
      {!user.syncing && user.sync_error === undefined && user.synced > 0 && (
        <p className="sync-again">{again('Synchronise')}</p>
      )}
    </>
  );
}
