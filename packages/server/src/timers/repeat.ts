export interface RepeatOptions {
  readonly everyMs: number;
  /** Told of every failure; the work is tried again at the next time. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Runs `work` again and again, `everyMs` after it has ended, never twice at once. The returned function stops it
 * and resolves when a pass that is under way has ended.
 */
export function repeat(work: () => Promise<void>, options: RepeatOptions): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let pass: Promise<void> = Promise.resolve();
  const plan = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => {
      pass = work().catch(options.onFailure).then(plan);
    }, options.everyMs);
    timer.unref();
  };
  plan();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await pass;
  };
}
