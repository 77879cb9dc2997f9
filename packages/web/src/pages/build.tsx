import { isNotFound, isUnauthorized } from '@sortie/sdk/errors';
import type { Build, Repo } from '@sortie/sdk/types';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { buildActions } from '../actions/build.ts';
import { BuildBody } from '../components/build-body.tsx';
import { BuildHeader } from '../components/build-header.tsx';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { Problem } from '../components/problem.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { useAnnounce } from '../hooks/announcer.tsx';
import { usePageTitle } from '../hooks/page-title.ts';
import { keys, useBuild, useRepo, useUser } from '../hooks/queries.ts';
import { useRouter } from '../hooks/router.tsx';
import { useServices } from '../hooks/services.tsx';
import { useActions } from '../hooks/shortcuts.tsx';
import { canCancel } from '../lib/build-rights.ts';
import { selectStep } from '../lib/select-step.ts';
import { lookOf } from '../lib/status.ts';
import { NotFound } from './not-found.tsx';

interface BuildPageProps {
  readonly slug: string;
  readonly number: number;
  readonly stage: number | undefined;
  readonly step: number | undefined;
  readonly view: 'log' | 'graph';
}

/** One build: what happened, its stages and steps, and the log of one of them. */
export function BuildPage(props: BuildPageProps) {
  const { slug, number } = props;
  const build = useBuild(slug, number);
  const repo = useRepo(slug);
  usePageTitle(`#${number} · ${slug}`, build.data?.status);
  if (isNotFound(build.error) || isUnauthorized(build.error)) return <NotFound />;
  if (build.data !== undefined) return <LoadedBuild {...props} build={build.data} repo={repo.data} />;
  if (build.isError) {
    return (
      <>
        <h1>Build {number}</h1>
        <Problem what="The build could not be read" error={build.error} retry={() => void build.refetch()} />
      </>
    );
  }
  return <Skeleton rows={8} label="Loading the build" />;
}

function LoadedBuild(props: BuildPageProps & { readonly build: Build; readonly repo: Repo | undefined }) {
  const { slug, number, stage, step, view, build, repo } = props;
  const { client } = useServices();
  const queries = useQueryClient();
  const { navigate } = useRouter();
  const { data: user } = useUser();
  const [isAsking, setAsking] = useState(false);
  const selection = selectStep(build, { stage, step });
  const actions = buildActions({
    slug,
    build,
    selection,
    view,
    canCancel: canCancel(build, repo, user),
    navigate,
    askCancel: () => setAsking(true),
  });
  useActions('This build', Object.values(actions));
  useSpokenStatus(slug, build);
  const cancel = async () => {
    const ended = await client.builds.cancel(slug, number);
    queries.setQueryData(keys.build(slug, number), ended);
  };
  return (
    <>
      <BuildHeader slug={slug} build={build} actions={actions} />
      <BuildBody
        slug={slug}
        build={build}
        selection={selection}
        view={view}
        actions={actions}
        isExact={stage !== undefined}
      />
      {isAsking && (
        <ConfirmDialog
          title={`Cancel build #${number} of ${slug}?`}
          confirmLabel="Cancel build"
          keepLabel="Let it run"
          confirm={cancel}
          onClose={() => setAsking(false)}
        >
          <p>Steps that run are stopped, the others are skipped.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

/** Speaks each change of the build's status once. */
function useSpokenStatus(slug: string, build: Build): void {
  const announce = useAnnounce();
  const last = useRef(build.status);
  useEffect(() => {
    if (last.current !== build.status)
      announce(`Build ${build.number} of ${slug}: ${lookOf(build.status).label}`);
    last.current = build.status;
  }, [announce, slug, build.number, build.status]);
}
