/** The reasons why a call to a Git service can fail. */
export type ScmErrorCode =
  | 'not-found'
  | 'unauthorized'
  | 'forbidden'
  | 'not-supported'
  | 'validation'
  | 'conflict'
  | 'rate-limited'
  | 'unavailable'
  | 'malformed';

export interface ScmErrorOptions {
  /** What the reader can do about it, as one sentence. */
  readonly hint?: string;
  /** Unix seconds from which a repeat makes sense: `rate-limited` and `unavailable`. */
  readonly retryAt?: number;
  /** Status of the answer, for the log. */
  readonly status?: number;
  /** For the log only: the answer, cut to 1 KiB and without tokens. Never shown to a client. */
  readonly evidence?: string;
  readonly cause?: unknown;
}

/**
 * A call to a Git service that did not succeed. `message` is our own sentence and safe to show; what the service
 * wrote is only in `evidence`, which belongs in the log.
 */
export class ScmError extends Error {
  readonly code: ScmErrorCode;
  readonly hint: string | undefined;
  readonly retryAt: number | undefined;
  readonly status: number | undefined;
  readonly evidence: string | undefined;

  constructor(code: ScmErrorCode, message: string, options: ScmErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ScmError';
    this.code = code;
    this.hint = options.hint;
    this.retryAt = options.retryAt;
    this.status = options.status;
    this.evidence = options.evidence;
  }
}

/** Whether the value is an error of a Git service, of one of these codes when any are named. */
export function isScmError(value: unknown, ...codes: readonly ScmErrorCode[]): value is ScmError {
  return value instanceof ScmError && (codes.length === 0 || codes.includes(value.code));
}
