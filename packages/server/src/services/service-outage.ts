import { AppError, type ErrorCode } from '@sortie/core/errors';

const OUTAGES: ReadonlySet<ErrorCode> = new Set([
  'service-missing',
  'service-unavailable',
  'service-rate-limited',
  'service-answer',
  'service-unsupported',
]);

/** The Git service gave no answer that says anything of rights. */
export function isOutage(error: unknown): boolean {
  return error instanceof AppError && OUTAGES.has(error.code);
}

/** What a person hears who wants to change something meanwhile. */
export function outage(cause?: unknown): AppError {
  return new AppError(
    'service-unavailable',
    'The Git service cannot be asked what this account may do, so nothing can be changed.',
    {
      hint:
        cause instanceof AppError ? `${cause.message} Try again when it answers.` : 'Try again in a minute.',
      cause,
    },
  );
}
