import { AppError } from '@sortie/core/errors';

/** One line for a person: the cause, and the remedy where the error names one. */
export function describeError(error: unknown): string {
  if (error instanceof AppError && error.hint !== undefined) {
    const { message, hint } = error;
    // Messages that end in somebody else's words often end without a full stop.
    return /[.!?:…]$/.test(message) ? `${message} ${hint}` : `${message}. ${hint}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** Throws when the signal has been aborted, with its reason. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason;
}

/** Rejects with the signal's reason as soon as it aborts, else settles as `work` does. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined);
    throw signal.reason;
  }
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
