import { AppError } from '@sortie/core/errors';

/**
 * What a failed command prints on standard error: cause, remedy, code. Errors that are nobody's mistake keep their
 * stack, since that is all a report of them can hold.
 */
export function describeFailure(error: unknown): string {
  if (error instanceof AppError) {
    const hint = error.hint === undefined ? '' : `\n       ${error.hint}`;
    return `error: ${error.message}${hint}\n       (${error.code})\n`;
  }
  return `error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}
