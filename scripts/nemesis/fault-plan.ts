import type { Random } from './random.ts';

/** Something that is done to a process while builds run. Times in milliseconds since the start of the run. */
export interface PlannedFault {
  readonly atMs: number;
  /** `kill`: SIGKILL, and a new start after `lengthMs`. `pause`: SIGSTOP for so long. `container`: one ends. */
  readonly kind: 'kill' | 'pause' | 'container';
  /** `server`, or the name of a runner; of the runner's containers, when one of them is meant. */
  readonly target: string;
  readonly lengthMs: number;
}

/** In runs that are shorter than this, nothing is paused for longer than some seconds. */
const LONG_RUN_MS = 5 * 60_000;

/** The faults of a run: one each two seconds or so, most of them kills, every fourth of the server. */
export function planFaults(
  random: Random,
  about: { readonly lengthMs: number; readonly runners: readonly string[]; readonly hasDocker: boolean },
): readonly PlannedFault[] {
  const faults: PlannedFault[] = [];
  const isLong = about.lengthMs >= LONG_RUN_MS;
  let hasLongPause = false;
  for (let atMs = 2000; atMs < about.lengthMs; atMs += random.between(1200, 2800)) {
    const dice = random.next();
    const runner = random.pick(about.runners);
    const lengthMs = random.between(100, 1200);
    if (dice < 0.2) faults.push({ atMs, kind: 'kill', target: 'server', lengthMs });
    else if (dice < 0.76) faults.push({ atMs, kind: 'kill', target: runner, lengthMs });
    else if (dice < 0.9 && about.hasDocker)
      faults.push({ atMs, kind: 'container', target: runner, lengthMs: 0 });
    else {
      const target = random.next() < 0.3 ? 'server' : runner;
      const isMinutes: boolean = isLong && !hasLongPause && target !== 'server';
      hasLongPause ||= isMinutes;
      faults.push({
        atMs,
        kind: 'pause',
        target,
        lengthMs: isMinutes ? 120_000 : random.between(2000, 6000),
      });
    }
  }
  return faults;
}
