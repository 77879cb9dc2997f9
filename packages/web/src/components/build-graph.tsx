import type { Build, Stage } from '@sortie/sdk/types';
import { buildHref } from '../lib/route.ts';
import type { Selection } from '../lib/select-step.ts';
import { Graph, type GraphItem } from './graph.tsx';

interface BuildGraphProps {
  readonly slug: string;
  readonly build: Build;
  readonly selection: Selection | undefined;
}

/** Two graphs: the stages of the build, and the steps of the chosen stage. */
export function BuildGraph({ slug, build, selection }: BuildGraphProps) {
  const stages = build.stages ?? [];
  const stage = selection?.stage;
  return (
    <div className="graphs">
      {stages.length > 1 && (
        <Graph
          title="Graph of stages"
          items={stages.map((each) => ({
            id: each.name,
            dependsOn: each.depends_on ?? [],
            status: each.status,
            started: each.started,
            ended: each.stopped,
            href: `${buildHref(slug, build.number, each.number)}?view=graph`,
            isCurrent: each.id === stage?.id,
          }))}
        />
      )}
      {stage !== undefined && (
        <Graph title={`Graph of ${stage.name}`} items={stepItems(slug, build, stage, selection?.step?.id)} />
      )}
    </div>
  );
}

/** Without any `depends_on` steps run one after the other. */
function stepItems(
  slug: string,
  build: Build,
  stage: Stage,
  current: number | undefined,
): readonly GraphItem[] {
  const steps = stage.steps ?? [];
  const isGraph = steps.some((step) => (step.depends_on ?? []).length > 0);
  const inLine = steps.filter((step) => step.detached !== true);
  return steps.map((step) => {
    const before = inLine[inLine.indexOf(step) - 1];
    const chained = step.detached === true || before === undefined ? [] : [before.name];
    return {
      id: step.name,
      dependsOn: isGraph ? (step.depends_on ?? []) : chained,
      status: step.status,
      started: step.started ?? 0,
      ended: step.stopped ?? 0,
      href: buildHref(slug, build.number, stage.number, step.number),
      isCurrent: step.id === current,
    };
  });
}
