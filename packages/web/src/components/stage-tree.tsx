import type { Build, Stage } from '@sortie/sdk/types';
import { useState } from 'react';
import { useNow } from '../hooks/now.ts';
import { buildHref } from '../lib/route.ts';
import type { Selection } from '../lib/select-step.ts';
import { isActive, isBad, lookOf } from '../lib/status.ts';
import { barOf } from '../lib/timeline.ts';
import { Link } from './link.tsx';
import { StatusShape } from './status.tsx';
import { Elapsed } from './time.tsx';

interface StageTreeProps {
  readonly slug: string;
  readonly build: Build;
  readonly selection: Selection | undefined;
  readonly view: 'log' | 'graph';
}

/** Stages with their steps; under each step a bar shows when it ran within its stage. */
export function StageTree(props: StageTreeProps) {
  const { build, selection } = props;
  const [toggled, setToggled] = useState<ReadonlyMap<number, boolean>>(new Map());
  return (
    <ol className="tree">
      {(build.stages ?? []).map((stage) => {
        const isInitial =
          selection?.stage.id === stage.id || isBad(stage.status) || stage.status === 'running';
        const isOpen = toggled.get(stage.number) ?? isInitial;
        return (
          <li key={stage.id} className="tree-stage">
            <StageHead
              {...props}
              stage={stage}
              isOpen={isOpen}
              toggle={() => setToggled((known) => new Map(known).set(stage.number, !isOpen))}
            />
            {isOpen && <StepList {...props} stage={stage} />}
          </li>
        );
      })}
    </ol>
  );
}

interface StageProps extends StageTreeProps {
  readonly stage: Stage;
}

function StageHead(props: StageProps & { readonly isOpen: boolean; readonly toggle: () => void }) {
  const { slug, build, stage, isOpen, toggle, selection, view } = props;
  const count = (stage.steps ?? []).length;
  const content = (
    <>
      <StatusShape status={stage.status} speaks />
      <span className="tree-name">{stage.name}</span>
      <Elapsed started={stage.started} ended={stage.stopped} />
    </>
  );
  if (count === 0) {
    const isCurrent = selection?.stage.id === stage.id;
    const href = `${buildHref(slug, build.number, stage.number)}${view === 'graph' ? '?view=graph' : ''}`;
    return (
      <Link href={href} className="tree-row tree-head-row" aria-current={isCurrent ? 'true' : undefined}>
        {content}
      </Link>
    );
  }
  return (
    <button type="button" className="tree-row tree-head-row" aria-expanded={isOpen} onClick={toggle}>
      {content}
    </button>
  );
}

function StepList({ slug, build, stage, selection, view }: StageProps) {
  const now = useNow(isActive(stage.status));
  const whole = { started: stage.started, ended: stage.stopped };
  return (
    <ol>
      {(stage.steps ?? []).map((step) => {
        const bar = barOf({ started: step.started ?? 0, ended: step.stopped ?? 0 }, whole, now);
        const href = buildHref(slug, build.number, stage.number, step.number);
        return (
          <li key={step.id}>
            <Link
              href={view === 'graph' ? `${href}?view=graph` : href}
              className="tree-row"
              aria-current={selection?.step?.id === step.id ? 'true' : undefined}
            >
              <StatusShape status={step.status} speaks />
              <span className="tree-name">
                {step.name}
                {step.detached === true && <span className="fine"> service</span>}
              </span>
              <Elapsed started={step.started ?? 0} ended={step.stopped ?? 0} />
              <span className="tree-bar" aria-hidden="true" data-tone={lookOf(step.status).tone}>
                {bar !== undefined && <i style={{ left: `${bar.left}%`, width: `${bar.width}%` }} />}
              </span>
            </Link>
          </li>
        );
      })}
    </ol>
  );
}
