import { triggerContextOf } from '@sortie/pipeline/match';
import { readConfig } from '@sortie/pipeline/read';
import { type StageDraft, selectStages } from '@sortie/pipeline/stages';
import { toContext } from './context.ts';
import { differencesOf } from './difference.ts';
import { goldenFailure, isSameFailure, ourFailures } from './failure.ts';
import type { GoldenContext, GoldenServer } from './golden.ts';

/** What the server does with the hook of one context, compared. */
export function compareServer(
  file: string,
  text: string,
  { context, golden }: { readonly context: GoldenContext; readonly golden: GoldenServer },
): ReturnType<typeof differencesOf> {
  const { repo, build, system } = toContext(context);
  const { pipelines, findings } = readConfig(text, { file, compatibility: true });
  const failures = ourFailures(text, findings);
  if (golden.error !== undefined) {
    if (isSameFailure(failures, goldenFailure(golden.error))) return [];
    return [{ path: 'error', ours: failures, golden: golden.error }];
  }
  if (failures.length > 0) return [{ path: 'error', ours: failures, golden: undefined }];
  const trigger = triggerContextOf(build, repo, system.host);
  const found = compareStages(selectStages(pipelines, trigger).stages, golden);
  if (found.length === 0) return [];
  // Drone's server never asks for the instance (pipeline.md 3.1).
  const without = pipelines.map((pipeline) => ({
    ...pipeline,
    trigger: { ...pipeline.trigger, instance: undefined },
  }));
  const isInstance = compareStages(selectStages(without, trigger).stages, golden).length === 0;
  return isInstance ? [{ path: 'instance', ours: found, golden: 'never compared' }] : found;
}

function compareStages(
  stages: readonly StageDraft[],
  golden: GoldenServer,
): ReturnType<typeof differencesOf> {
  if (golden.stages === undefined || golden.stages === null)
    return differencesOf(stages.length === 0 ? 'no build' : 'a build', golden.result, 'result');
  return differencesOf(
    stages.map((stage) => ({
      number: stage.number,
      kind: stage.kind,
      name: stage.name,
      type: stage.type,
      ...stage.platform,
      dependsOn: stage.dependsOn,
      status: stage.dependsOn.length === 0 ? 'pending' : 'waiting_on_dependencies',
      onSuccess: stage.onSuccess,
      onFailure: stage.onFailure,
      limit: stage.limit,
      labels: stage.labels,
    })),
    golden.stages.map((stage) => ({
      number: stage.number,
      kind: stage.kind,
      name: stage.name,
      type: stage.type,
      os: stage.os,
      arch: stage.arch,
      variant: stage.variant ?? '',
      version: stage.kernel ?? '',
      dependsOn: stage.depends_on ?? [],
      status: stage.status,
      onSuccess: stage.on_success,
      onFailure: stage.on_failure,
      limit: stage.limit ?? 0,
      labels: stage.node ?? {},
    })),
    'stages',
  );
}
