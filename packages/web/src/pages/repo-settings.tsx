import { isNotFound, isUnauthorized } from '@sortie/sdk/errors';
import { ActivatePanel } from '../components/activate-panel.tsx';
import { ClosedSettings } from '../components/closed-settings.tsx';
import { ForkSettings } from '../components/fork-settings.tsx';
import { HealthPanel } from '../components/health-panel.tsx';
import { Problem } from '../components/problem.tsx';
import { RepoHeader } from '../components/repo-header.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { usePageTitle } from '../hooks/page-title.ts';
import { useRepo, useUser } from '../hooks/queries.ts';
import { canAdmin, canWrite } from '../lib/build-rights.ts';
import { NotFound } from './not-found.tsx';

/** Health and settings of a repository, for those who may write to it. */
export function RepoSettings({ slug }: { readonly slug: string }) {
  const repo = useRepo(slug);
  const user = useUser();
  usePageTitle(`Settings · ${slug}`);
  if (isNotFound(repo.error) || isUnauthorized(repo.error)) return <NotFound />;
  if (repo.isSuccess && user.isSuccess && !canWrite(repo.data, user.data)) return <NotFound />;
  const isReady = repo.isSuccess && user.isSuccess;
  return (
    <>
      <RepoHeader slug={slug} repo={repo.data} current="settings" />
      {repo.isError && (
        <Problem
          what="The repository could not be read"
          error={repo.error}
          retry={() => void repo.refetch()}
        />
      )}
      {!isReady && !repo.isError && <Skeleton rows={5} label="Loading the settings" />}
      {isReady && (
        <div className="account">
          {repo.data.active ? <HealthPanel repo={repo.data} /> : <ActivatePanel repo={repo.data} />}
          {canAdmin(repo.data, user.data) ? (
            <>
              <ForkSettings repo={repo.data} />
              <ClosedSettings repo={repo.data} />
            </>
          ) : (
            <p className="quiet">Settings are changed by those who administer the repository.</p>
          )}
        </div>
      )}
    </>
  );
}
