import type { Build } from '@sortie/sdk/types';
import { lazy, Suspense, useEffect, useRef } from 'react';
import type { BuildActions } from '../actions/build.ts';
import type { Selection } from '../lib/select-step.ts';
import { Findings } from './findings.tsx';
import { Icon } from './icon.tsx';
import { LogPanel } from './log-panel.tsx';
import { Skeleton } from './skeleton.tsx';
import { StageTree } from './stage-tree.tsx';

const BuildGraph = lazy(() => import('./build-graph.tsx').then((module) => ({ default: module.BuildGraph })));

interface BuildBodyProps {
  readonly slug: string;
  readonly build: Build;
  readonly selection: Selection | undefined;
  readonly view: 'log' | 'graph';
  readonly actions: BuildActions;
  /** True when the address names a stage. */
  readonly isExact: boolean;
}

/** Findings, or the stages beside a log or the graph. */
export function BuildBody({ slug, build, selection, view, actions, isExact }: BuildBodyProps) {
  const hasStages = (build.stages ?? []).length > 0;
  const isInvalid = build.status === 'error' && !hasStages;
  if (isInvalid || build.error !== undefined) {
    return (
      <>
        <Findings slug={slug} build={build} />
        {hasStages && <Stages {...{ slug, build, selection, view, actions, isExact }} />}
      </>
    );
  }
  if (!hasStages) {
    return (
      <section className="empty">
        <h2>No stages</h2>
        <p>This build has nothing to run: it was skipped before any pipeline began.</p>
      </section>
    );
  }
  return <Stages {...{ slug, build, selection, view, actions, isExact }} />;
}

function Stages({ slug, build, selection, view, actions, isExact }: BuildBodyProps) {
  const work = useRef<HTMLDivElement>(null);
  const chosen = useRef(selection?.step?.id);
  useEffect(() => {
    // On small screens the work lies below the stages: a choice must be seen to do something.
    const isStacked = window.matchMedia('(max-width: 1023px)').matches;
    if (isStacked && chosen.current !== selection?.step?.id) work.current?.scrollIntoView();
    chosen.current = selection?.step?.id;
  }, [selection?.step?.id]);
  return (
    <div className="build-body">
      <section className="tree-side" aria-labelledby="stages-title">
        <div className="tree-head">
          <h2 id="stages-title">Stages</h2>
          <div className="switch">
            {[actions.showLog, actions.showGraph].map((action) => (
              <button
                key={action.id}
                type="button"
                aria-pressed={!action.isEnabled}
                aria-label={action.label}
                onClick={action.run}
              >
                {action.id === 'show-log' ? 'Log' : 'Graph'}
              </button>
            ))}
          </div>
        </div>
        <StageTree slug={slug} build={build} selection={selection} view={view} />
      </section>
      <div className="work-side" ref={work}>
        <button type="button" className="button small back" onClick={() => window.scrollTo(0, 0)}>
          <Icon name="up" />
          Back to the stages
        </button>
        {selection === undefined && isExact && (
          <section className="empty">
            <h2>No such step</h2>
            <p>The address names a stage or step that this build does not have. Choose one from the list.</p>
          </section>
        )}
        {view === 'graph' && (
          <Suspense fallback={<Skeleton rows={4} label="Loading the graph" />}>
            <BuildGraph slug={slug} build={build} selection={selection} />
          </Suspense>
        )}
        {view === 'log' && selection !== undefined && (
          <LogPanel slug={slug} build={build} selection={selection} />
        )}
      </div>
    </div>
  );
}
