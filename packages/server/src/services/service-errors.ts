import { AppError, type AppErrorOptions, type ErrorCode } from '@sortie/core/errors';
import { ScmError, type ScmErrorCode } from '@sortie/scm/errors';

const CODES: Readonly<Record<ScmErrorCode, ErrorCode>> = {
  'not-found': 'not-found',
  unauthorized: 'service-token',
  forbidden: 'service-refused',
  'not-supported': 'service-unsupported',
  validation: 'service-refused',
  conflict: 'service-refused',
  'rate-limited': 'service-rate-limited',
  unavailable: 'service-unavailable',
  malformed: 'service-answer',
};

/**
 * An error of a Git service as one of ours: the sentence is the driver's, which holds nothing of the answer; what the
 * service wrote stays in the cause, for the log. Anything else is returned as it is.
 */
export function toAppError(error: unknown, title: string): unknown {
  if (!(error instanceof ScmError)) return error;
  const details = error.retryAt === undefined ? {} : { details: { retry_at: error.retryAt } };
  const options: AppErrorOptions = {
    hint: error.hint ?? HINTS[error.code]?.(title),
    cause: error,
    ...details,
  };
  return new AppError(CODES[error.code], error.message, options);
}

const HINTS: Partial<Readonly<Record<ScmErrorCode, (title: string) => string>>> = {
  unauthorized: (title) => `Sign in with ${title} again.`,
  unavailable: (title) => `Check that ${title} runs and that this server can reach it.`,
  'rate-limited': (title) => `Wait until ${title} takes calls again.`,
  forbidden: (title) => `Ask an administrator of the repository at ${title}.`,
};
