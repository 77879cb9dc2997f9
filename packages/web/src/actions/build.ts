import type { Build } from '@sortie/sdk/types';
import { buildHref, repoHref } from '../lib/route.ts';
import { failedSteps, type Selection } from '../lib/select-step.ts';
import type { Action } from './action.ts';

export interface BuildActionDeps {
  readonly slug: string;
  readonly build: Build;
  readonly selection: Selection | undefined;
  readonly view: 'log' | 'graph';
  readonly canCancel: boolean;
  readonly navigate: (href: string) => void;
  readonly askCancel: () => void;
}

export type BuildActions = ReturnType<typeof buildActions>;

/** What can be done on the page of a build. */
export function buildActions(deps: BuildActionDeps) {
  const { slug, build, navigate, view } = deps;
  const here = placeHref(deps);
  const cancel: Action = {
    id: 'cancel',
    label: 'Cancel build',
    shortcut: 'x',
    isEnabled: deps.canCancel,
    run: deps.askCancel,
  };
  const showLog: Action = {
    id: 'show-log',
    label: 'Show log',
    shortcut: 'l',
    isEnabled: view !== 'log',
    run: () => navigate(here),
  };
  const showGraph: Action = {
    id: 'show-graph',
    label: 'Show graph',
    shortcut: 'v',
    isEnabled: view !== 'graph',
    run: () => navigate(`${here}?view=graph`),
  };
  const toBuilds: Action = {
    id: 'builds',
    label: 'Go to builds of the repository',
    shortcut: 'g b',
    isEnabled: true,
    run: () => navigate(repoHref(slug)),
  };
  const step = (id: string, label: string, shortcut: string, target: string | undefined): Action => ({
    id,
    label,
    shortcut,
    isEnabled: target !== undefined,
    run: () => target !== undefined && navigate(target),
  });
  return {
    cancel,
    showLog,
    showGraph,
    toBuilds,
    next: step('next-step', 'Go to next step', 'j', neighbour(deps, 1)),
    previous: step('previous-step', 'Go to previous step', 'k', neighbour(deps, -1)),
    nextFailed: step('next-failed', 'Go to next failed step', 'e', nextFailed(slug, build, deps.selection)),
  };
}

function placeHref({ slug, build, selection }: BuildActionDeps): string {
  return buildHref(slug, build.number, selection?.stage.number, selection?.step?.number);
}

function neighbour({ slug, build, selection }: BuildActionDeps, direction: 1 | -1): string | undefined {
  const places = (build.stages ?? []).flatMap((stage) =>
    (stage.steps ?? []).map((step) => ({
      id: step.id,
      href: buildHref(slug, build.number, stage.number, step.number),
    })),
  );
  const at = places.findIndex((place) => place.id === selection?.step?.id);
  return at < 0 && direction < 0 ? undefined : places[at + direction]?.href;
}

function nextFailed(slug: string, build: Build, selection: Selection | undefined): string | undefined {
  const failed = failedSteps(build);
  const at = failed.findIndex(({ step }) => step?.id === selection?.step?.id);
  const next = failed[(at + 1) % Math.max(1, failed.length)];
  if (next === undefined || next.step?.id === selection?.step?.id) return undefined;
  return buildHref(slug, build.number, next.stage.number, next.step?.number);
}
