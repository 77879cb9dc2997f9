import type { PipelineDocument } from './config.ts';
import type { FindingLog } from './finding-log.ts';

/** To be called where the changed files are not known: a condition that nobody decides must not look decided. */
export function lintPaths(pipeline: PipelineDocument, log: FindingLog): void {
  for (const step of [...pipeline.services, ...pipeline.steps]) {
    if (![step.when, ...(step.when.anyOf ?? [])].some(({ paths }) => paths !== undefined)) continue;
    log.add(pipeline.document, {
      severity: 'warning',
      code: 'paths-unknown',
      message: 'The changed files are not known here, so the condition on paths holds for this step.',
      hint: 'It is decided where the files are known: on a server that holds both commits.',
      at: step.placeOf('when'),
      path: [...step.path, 'when'],
    });
  }
}
