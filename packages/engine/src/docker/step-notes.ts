/**
 * Lines for the log of a step from before it ran, such as the progress of a pull: kept until the log is there, passed
 * on at once from then on.
 */
export class StepNotes {
  readonly #lines: string[] = [];
  readonly #readers = new Set<(line: string) => void>();

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  add(line: string): void {
    this.#lines.push(line);
    for (const read of this.#readers) read(line);
  }

  /** Hands over all lines so far and every later one, until the returned function is called. */
  follow(read: (line: string) => void): () => void {
    for (const line of this.#lines) read(line);
    this.#readers.add(read);
    return () => void this.#readers.delete(read);
  }
}
