import type { Build } from './drive.ts';

/** When builds were seen, by the clock of this machine: that of the server goes wrong. Unix milliseconds. */
export interface Sightings {
  note(builds: readonly Build[]): void;
  /** All of the life of a build, and a little more. */
  lifeOf(number: number): { readonly fromMs: number; readonly toMs: number };
}

const OPEN: ReadonlySet<string> = new Set(['pending', 'running', 'waiting_on_dependencies']);

export function isOpen({ status, cancelling }: Build): boolean {
  return OPEN.has(status) || cancelling === true;
}

export function createSightings(): Sightings {
  const first = new Map<number, number>();
  const ended = new Map<number, number>();
  /** Whoever is seen now was not there then, or not ended then. */
  let lookedMs = Date.now();
  return {
    note(builds) {
      const nowMs = Date.now();
      for (const build of builds) {
        if (!first.has(build.number)) first.set(build.number, lookedMs);
        if (!isOpen(build) && !ended.has(build.number)) ended.set(build.number, nowMs);
      }
      lookedMs = nowMs;
    },
    lifeOf: (number) => ({
      fromMs: first.get(number) ?? 0,
      toMs: ended.get(number) ?? Number.POSITIVE_INFINITY,
    }),
  };
}
