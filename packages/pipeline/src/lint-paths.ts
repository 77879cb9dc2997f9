import type { PipelineDocument } from './config.ts';
import type { FindingLog } from './finding-log.ts';

/**
 * A condition that nobody can decide must not look as if it had been decided: only the server knows the files that a
 * build changes, and it decides about pipelines.
 */
export function lintPaths(pipeline: PipelineDocument, log: FindingLog): void {
  for (const step of [...pipeline.services, ...pipeline.steps]) {
    if (![step.when, ...(step.when.anyOf ?? [])].some(({ paths }) => paths !== undefined)) continue;
    log.add(pipeline.document, {
      severity: 'warning',
      code: 'paths-unknown',
      message: 'Runners do not know the changed files, so the condition on paths holds for this step.',
      hint: 'Put the condition under "trigger" of the pipeline.',
      at: step.placeOf('when'),
      path: [...step.path, 'when'],
    });
  }
}
