import { setImmediate } from 'node:timers/promises';
import { AppError, type ErrorCode, explainError } from '@sortie/core/errors';
import { compileGlob } from '@sortie/core/glob';

export interface BulkDeps {
  /** Tells the log of a failure that is no listed error; the answer says nothing of its inside. */
  readonly reportFailure: (message: string, error: unknown) => void;
}

export interface ItemFailure {
  readonly result: 'failed';
  readonly error_code: ErrorCode;
  readonly message: string;
}

/** Does one item of many; whatever it throws becomes its result, so that it stops no other. */
export async function attemptItem<T extends string>(
  deps: BulkDeps,
  what: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T } | ItemFailure> {
  try {
    return { result: await work() };
  } catch (error) {
    if (error instanceof AppError) return failedItem(error);
    deps.reportFailure(`${what} failed`, error);
    return { result: 'failed', error_code: 'internal', message: 'Something failed that should not.' };
  }
}

/** The result of an item that has thrown a listed error. */
export function failedItem(error: AppError): ItemFailure {
  return { result: 'failed', error_code: error.code, message: explainError(error) };
}

/** Whether one of the globs matches; without any, everything does. */
export function compileChoice(patterns: readonly string[]): (value: string) => boolean {
  const globs = patterns.map(compileGlob);
  return (value) => globs.length === 0 || globs.some((matches) => matches(value));
}

/** Patterns of strangers over all repositories may take long; others get their turn in between. */
const ITEMS_PER_TURN = 20;

/** `filter` that lets others run meanwhile. */
export async function filterInTurns<T>(
  items: readonly T[],
  isWanted: (item: T) => boolean,
): Promise<readonly T[]> {
  const wanted: T[] = [];
  for (let from = 0; from < items.length; from += ITEMS_PER_TURN) {
    wanted.push(...items.slice(from, from + ITEMS_PER_TURN).filter(isWanted));
    await setImmediate();
  }
  return wanted;
}

/** Throws `bulk-too-large`: nothing of the call is done, so that nobody takes a part for the whole. */
export function requireSize(count: number, limit: number, what: string): void {
  if (count <= limit) return;
  throw new AppError('bulk-too-large', `More than ${limit} ${what} fit, which is too much for one call.`, {
    hint: 'Narrow it down, for example to one namespace after the other.',
    details: { limit },
  });
}
