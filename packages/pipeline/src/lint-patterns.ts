import type { Conditions, PipelineDocument } from './config.ts';
import type { FindingLog } from './finding-log.ts';

/** Matching takes time in proportion to the patterns, and their author need not be a friend. */
const MAX_WILDCARD_LENGTH = 256 * 1024;

/** Refuses a file whose patterns with wildcards are so long in all that matching them would block the server. */
export function lintPatterns(pipelines: readonly PipelineDocument[], log: FindingLog): void {
  let length = 0;
  for (const pipeline of pipelines) {
    length += wildcardLength(pipeline.trigger);
    for (const step of [...pipeline.services, ...pipeline.steps]) length += wildcardLength(step.when);
  }
  const first = pipelines[0];
  if (length <= MAX_WILDCARD_LENGTH || first === undefined) return;
  log.add(first.document, {
    severity: 'error',
    code: 'too-many-patterns',
    message: 'The conditions of this file hold more than 256 KiB of patterns with wildcards.',
    hint: 'Use fewer or shorter patterns.',
    at: first,
    path: [],
  });
}

function wildcardLength({ anyOf = [], ...conditions }: Conditions): number {
  let length = 0;
  for (const alternative of anyOf) length += wildcardLength(alternative);
  for (const { include, exclude } of Object.values(conditions)) {
    for (const pattern of [...include, ...exclude]) if (/[*?]/.test(pattern)) length += pattern.length;
  }
  return length;
}
