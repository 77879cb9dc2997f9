import { isNotFound, isUnauthorized } from '@sortie/sdk/errors';
import { ActivatePanel } from '../components/activate-panel.tsx';
import { BuildStrip } from '../components/build-strip.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { HealthBanner } from '../components/health-banner.tsx';
import { Problem } from '../components/problem.tsx';
import { Pulse } from '../components/pulse.tsx';
import { RepoHeader } from '../components/repo-header.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { usePageTitle } from '../hooks/page-title.ts';
import { useBuilds, useRepo } from '../hooks/queries.ts';
import { NotFound } from './not-found.tsx';

/** The builds of a repository, newest first. */
export function RepoPage({ slug }: { readonly slug: string }) {
  const repo = useRepo(slug);
  const builds = useBuilds(slug);
  usePageTitle(slug);
  if (isNotFound(repo.error) || isUnauthorized(repo.error)) return <NotFound />;
  const list = builds.data?.pages.flat() ?? [];
  return (
    <>
      <RepoHeader slug={slug} repo={repo.data} current="builds">
        {list.length > 1 && <Pulse builds={list} />}
      </RepoHeader>
      {repo.data !== undefined && <HealthBanner repo={repo.data} />}
      {repo.data?.active === false && <ActivatePanel repo={repo.data} />}
      {repo.data !== undefined && (
        <div className="clone">
          <span className="label">Clone</span>
          <code>{repo.data.git_http_url}</code>
          <CopyButton text={repo.data.git_http_url} label="Copy address" />
        </div>
      )}
      {builds.isPending && <Skeleton rows={6} label="Loading builds" />}
      {builds.isError && (
        <Problem
          what="The builds could not be read"
          error={builds.error}
          retry={() => void builds.refetch()}
        />
      )}
      {builds.isSuccess && list.length === 0 && repo.data?.active !== false && (
        <NoBuilds branch={repo.data?.default_branch ?? 'main'} />
      )}
      {list.length > 0 && (
        <>
          <h2 className="sr-only">Builds</h2>
          <ul className="strips">
            {list.map((build) => (
              <BuildStrip key={build.id} slug={slug} build={build} />
            ))}
          </ul>
        </>
      )}
      {builds.hasNextPage && (
        <button
          type="button"
          className="button more"
          aria-disabled={builds.isFetchingNextPage}
          onClick={() => void builds.fetchNextPage()}
        >
          {builds.isFetchingNextPage ? 'Loading…' : 'Show more'}
        </button>
      )}
    </>
  );
}

const SAMPLE = `kind: pipeline
type: docker
name: default

steps:
- name: test
  image: node:22
  commands:
  - npm ci
  - npm test`;

function NoBuilds({ branch }: { readonly branch: string }) {
  return (
    <section className="empty">
      <h2>Nothing built yet</h2>
      <p>
        Put a file <code>.drone.yml</code> like this one into the repository and push to <b>{branch}</b>.
      </p>
      <pre className="snippet">{SAMPLE}</pre>
      <CopyButton text={`${SAMPLE}\n`} label="Copy the file" />
    </section>
  );
}
