import type { Random } from './random.ts';

/**
 * `kill`: SIGKILL, and a new start after `lengthMs`. `pause`: SIGSTOP for so long. `container`: one ends. `disk`: what a
 * runner keeps its reports on is full for so long. `clock`: the wall clock is wrong by `byMs` for so long.
 */
export type FaultKind = 'kill' | 'pause' | 'container' | 'disk' | 'clock';

/** Something that is done while builds run. Times in milliseconds since the start of the run. */
export interface PlannedFault {
  readonly atMs: number;
  readonly kind: FaultKind;
  /** `server`, or the name of a runner; of the runner's containers, when one of them is meant. */
  readonly target: string;
  readonly lengthMs: number;
  /** How far the clock is put forward, or back when negative; 0 for other kinds. */
  readonly byMs: number;
}

export interface FaultPlan {
  readonly lengthMs: number;
  readonly runners: readonly string[];
  /** Kinds that this machine does not allow are left out. */
  readonly hasDocker: boolean;
  readonly hasSmallDisks: boolean;
}

/** In runs that are shorter than this, nothing is paused or full for longer than some seconds. */
const LONG_RUN_MS = 5 * 60_000;
const MINUTE_MS = 60_000;
/** Half a minute after the start each kind of fault has been begun, however short the run is. */
const ALL_KINDS_MS = 30_000;
/** Longer than a runner tries to write something down. */
const LONG_FULL_MS = 80_000;
const LONG_PAUSE_MS = 120_000;

/** The faults of a run in their order: at least one of each kind, most of them kills, every fourth of the server. */
export function planFaults(random: Random, about: FaultPlan): readonly PlannedFault[] {
  const faults = [
    ...planProcessFaults(random.fork('processes'), about),
    ...(about.hasDocker ? planContainers(random.fork('containers'), about) : []),
    ...(about.hasSmallDisks ? planDisks(random.fork('disks'), about) : []),
    ...planClocks(random.fork('clocks'), about),
  ];
  return faults.filter(({ atMs }) => atMs < about.lengthMs).sort((one, other) => one.atMs - other.atMs);
}

/** One each second or two; in long runs there is more time for builds between them. */
function planProcessFaults(random: Random, { lengthMs, runners }: FaultPlan): PlannedFault[] {
  const [least, most] = lengthMs < LONG_RUN_MS ? [1000, 2200] : [1400, 3000];
  const pauseFrom = random.between(5000, ALL_KINDS_MS - 10_000);
  let pauses = 0;
  const faults: PlannedFault[] = [];
  for (let atMs = 2000; atMs < lengthMs; atMs += random.between(least, most)) {
    const isPause = (pauses === 0 && atMs >= pauseFrom) || random.next() < 0.1;
    const target = random.next() < 0.25 ? 'server' : random.pick(runners);
    if (!isPause) {
      faults.push({ atMs, kind: 'kill', target, lengthMs: random.between(100, 1200), byMs: 0 });
      continue;
    }
    faults.push({ atMs, kind: 'pause', target, lengthMs: random.between(2000, 6000), byMs: 0 });
    pauses += 1;
  }
  if (lengthMs < LONG_RUN_MS) return faults;
  const atMs = random.between(ALL_KINDS_MS, lengthMs / 3);
  const target = random.pick(runners);
  return [...faults, { atMs, kind: 'pause', target, lengthMs: LONG_PAUSE_MS, byMs: 0 }];
}

function planContainers(random: Random, { lengthMs, runners }: FaultPlan): PlannedFault[] {
  const faults: PlannedFault[] = [];
  for (let atMs = random.between(5000, 15_000); atMs < lengthMs; atMs += random.between(8000, 18_000)) {
    faults.push({ atMs, kind: 'container', target: random.pick(runners), lengthMs: 0, byMs: 0 });
  }
  return faults;
}

function planDisks(random: Random, { lengthMs, runners }: FaultPlan): PlannedFault[] {
  const fault = (atMs: number, fullMs: number): PlannedFault => {
    return { atMs, kind: 'disk', target: random.pick(runners), lengthMs: fullMs, byMs: 0 };
  };
  const faults: PlannedFault[] = [];
  // A runner without room ends whatever it takes at once: in long runs most builds shall be spared that.
  const [least, most] = lengthMs < LONG_RUN_MS ? [8000, 16_000] : [20_000, 50_000];
  for (let atMs = random.between(5000, 15_000); atMs < lengthMs; atMs += random.between(least, most)) {
    faults.push(fault(atMs, random.between(2000, 8000)));
  }
  if (lengthMs < LONG_RUN_MS) return faults;
  return [...faults, fault(random.between(lengthMs / 3, lengthMs - LONG_FULL_MS - MINUTE_MS), LONG_FULL_MS)];
}

/** Those of the server and of runners in turn. */
function planClocks(random: Random, { lengthMs, runners }: FaultPlan): PlannedFault[] {
  const faults: PlannedFault[] = [];
  let isServer = random.next() < 0.5;
  for (let atMs = random.between(4000, 10_000); atMs < lengthMs; atMs += random.between(10_000, 20_000)) {
    const target = isServer ? 'server' : random.pick(runners);
    const minutes = random.between(2, 60) * (random.next() < 0.5 ? -1 : 1);
    faults.push({
      atMs,
      kind: 'clock',
      target,
      lengthMs: random.between(3000, 12_000),
      byMs: minutes * MINUTE_MS,
    });
    isServer = !isServer;
  }
  return faults;
}
