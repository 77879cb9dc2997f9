/**
 * Keeps reports truthful across steps: nobody is told that a step has begun before the ends that came earlier have
 * been told. A runner that dies in between would otherwise leave finished steps behind that look unfinished. The
 * steps themselves wait for the very first report alone.
 */
export class ReportOrder {
  readonly #ends = new Set<Promise<void>>();
  #first: Promise<void> | undefined;

  /**
   * The start of a step is being reported. Resolves when the first start of the stage is known: until then a stage
   * whose runner falls silent is handed out again, so that nothing of it may run yet.
   */
  began(report: Promise<void>): Promise<void> {
    this.#first ??= report;
    return this.#first;
  }

  /** A step has ended; the returned function says that its end has been reported, or never will be. */
  ended(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ends.add(promise);
    return () => {
      this.#ends.delete(promise);
      resolve();
    };
  }

  /** Resolves when all ends up to now have been reported. */
  async settled(): Promise<void> {
    await Promise.all(this.#ends);
  }
}
