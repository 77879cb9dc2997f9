import { useDeferredValue, useState } from 'react';
import { FirstPush } from '../components/first-push.tsx';
import { Problem } from '../components/problem.tsx';
import { RepoStrip } from '../components/repo-strip.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { SyncNotice } from '../components/sync-notice.tsx';
import { usePageTitle } from '../hooks/page-title.ts';
import { useRepos, useUser } from '../hooks/queries.ts';
import { arrangeRepos, countRepos } from '../lib/repo-list.ts';
import { Welcome } from './welcome.tsx';

const FIRST_ROWS = 50;

/** All repositories of the account with their last results. */
export function Dashboard() {
  const user = useUser();
  const repos = useRepos();
  const [filter, setFilter] = useState('');
  const [hasAll, setAll] = useState(false);
  const applied = useDeferredValue(filter);
  usePageTitle('Repositories');

  if (user.data === null) return <Welcome notice="You are not signed in, or your session has ended." />;
  const list = repos.data ?? [];
  const found = arrangeRepos(list, applied);
  const shown = hasAll ? found : found.slice(0, FIRST_ROWS);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Repositories</h1>
          {repos.data !== undefined && list.length > 0 && <Summary {...countRepos(list)} />}
        </div>
        {list.length > 0 && (
          <label className="filter">
            <span className="sr-only">Filter repositories</span>
            <input
              type="search"
              placeholder="Filter"
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
            />
            <span className="filter-key" aria-hidden="true">
              /
            </span>
          </label>
        )}
      </header>
      {user.data !== undefined && <SyncNotice user={user.data} />}
      {repos.isPending && <Skeleton rows={6} label="Loading repositories" />}
      {repos.isError && (
        <Problem
          what="The repositories could not be read"
          error={repos.error}
          retry={() => void repos.refetch()}
        />
      )}
      {repos.isSuccess && list.length === 0 && user.data?.syncing === false && (
        <FirstPush login={user.data.login} />
      )}
      {list.length > 0 && found.length === 0 && (
        <section className="empty">
          <h2>No repository matches “{applied}”</h2>
          <button type="button" className="button" onClick={() => setFilter('')}>
            Clear the filter
          </button>
        </section>
      )}
      {shown.length > 0 && (
        <ul className="strips">
          {shown.map((repo) => (
            <RepoStrip key={repo.id} repo={repo} />
          ))}
        </ul>
      )}
      {shown.length < found.length && (
        <button type="button" className="button more" onClick={() => setAll(true)}>
          Show all {found.length}
        </button>
      )}
    </>
  );
}

function Summary({ running, failing, total }: { running: number; failing: number; total: number }) {
  return (
    <p className="summary">
      <span>
        <span className="num">{total}</span> {total === 1 ? 'repository' : 'repositories'}
      </span>
      {running > 0 && (
        <span data-tone="info">
          <span className="num">{running}</span> running
        </span>
      )}
      {failing > 0 && (
        <span data-tone="danger">
          <span className="num">{failing}</span> failing
        </span>
      )}
      {running === 0 && failing === 0 && <span data-tone="ok">all clear</span>}
    </p>
  );
}
