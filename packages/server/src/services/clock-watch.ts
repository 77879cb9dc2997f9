import type { Db } from '../store/db.ts';
import {
  extendLeasesOverOutage,
  findLatestExpiry,
  type HeldKind,
  shortenLeases,
} from '../store/runner-leases.ts';

/** The clock was put forward: time that nobody has lived through. */
export interface ClockJump {
  /** What it showed before, in unix milliseconds. */
  readonly fromMs: number;
  readonly byMs: number;
}

export interface ClockWatchDeps {
  readonly db: Db;
  /** What the clock of the machine shows; it may be put forward and back. */
  readonly nowMs: () => number;
  /** Counts the time that really passes. */
  readonly elapsedMs: () => number;
  /** How long each kind of hand-out lasts without a sign of life. */
  readonly leaseMs: Readonly<Record<HeldKind | 'rpc-offer', number>>;
  /** How often passes are meant to run. */
  readonly everyMs: number;
}

export interface ClockWatch {
  /**
   * Runs a pass of the sweep. Before it everybody gets a whole lease more when the clock was put forward or the process
   * stood still, since nobody could be heard, and no lease lasts longer than a whole one when it was put back.
   */
  run<T>(pass: (jumps: readonly ClockJump[]) => Promise<T>): Promise<T>;
}

/** Smaller steps happen whenever a clock is set right, and leases bear them. */
const JUMP_MS = 10_000;
/** A process that did not get to a pass for so long did not get to its runners either. */
const STILL_MS = 20_000;
/** No stage runs for longer than the last of so many jumps. */
const MAX_JUMPS = 100;

export function createClockWatch(deps: ClockWatchDeps): ClockWatch {
  const { db, nowMs, elapsedMs, leaseMs, everyMs } = deps;
  const jumps: ClockJump[] = [];
  let seen: { readonly wall: number; readonly elapsed: number } | undefined;
  let endedAt = 0;

  async function look(): Promise<void> {
    const now = { wall: nowMs(), elapsed: elapsedMs() };
    const byMs = seen === undefined ? 0 : now.wall - seen.wall - (now.elapsed - seen.elapsed);
    const isStill = seen !== undefined && now.elapsed - endedAt > everyMs + STILL_MS;
    if (byMs > JUMP_MS || isStill) {
      for (const kind of ['', 'rpc', 'runner'] as const) {
        await extendLeasesOverOutage(db, kind, now.wall + leaseMs[kind]);
      }
    }
    // Also what was given while the clock was put forward for a moment, or by a server before this one.
    if ((await findLatestExpiry(db)) > now.wall + Math.max(...Object.values(leaseMs))) {
      for (const kind of ['', 'rpc', 'runner', 'rpc-offer'] as const) {
        await shortenLeases(db, kind, now.wall + leaseMs[kind]);
      }
    }
    if (byMs > JUMP_MS && seen !== undefined) jumps.push({ fromMs: now.wall - byMs, byMs });
    if (jumps.length > MAX_JUMPS) jumps.shift();
    // Only now: what could not be written is tried again by the next pass.
    seen = now;
  }

  return {
    async run(pass) {
      await look();
      try {
        return await pass(jumps);
      } finally {
        endedAt = elapsedMs();
      }
    },
  };
}
