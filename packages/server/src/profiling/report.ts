import type { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import type { Profile } from './message.ts';

/** Delays of the event loop since the measuring began, in nanoseconds. */
export type DelayHistogram = ReturnType<typeof monitorEventLoopDelay>;

/** How many there are of each kind, as the profiles of 0.5 that count things show it. */
export type Counts = ReadonlyMap<string, number>;

export function countsProfile(type: string, counts: Counts, takenMs: number): Profile {
  return {
    types: [{ type, unit: 'count' }],
    samples: [...counts].map(([name, count]) => ({ stack: [{ name, file: '', line: 0 }], values: [count] })),
    takenMs,
  };
}

export function countsText(title: string, counts: Counts): string {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const lines = [...counts].map(([name, count]) => `${count} ${name}`);
  return `${[`${title} profile: total ${total}`, ...lines].join('\n')}\n`;
}

/** What the event loop waits for, by kind. */
export function countResources(): Counts {
  return tally(process.getActiveResourcesInfo());
}

export function tally(names: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

export function delayProfile(delays: DelayHistogram, takenMs: number): Profile {
  const nanoseconds = Number.isFinite(delays.mean) ? delays.mean * delays.count : 0;
  return {
    types: [
      { type: 'contentions', unit: 'count' },
      { type: 'delay', unit: 'nanoseconds' },
    ],
    samples: [{ stack: [{ name: 'event loop', file: '', line: 0 }], values: [delays.count, nanoseconds] }],
    takenMs,
  };
}

/** Nanoseconds. */
export function delayText(delays: DelayHistogram): string {
  const { min, mean, max, count } = delays;
  const measured = count === 0 ? { min: 0, mean: 0, max: 0 } : { min, mean, max };
  const percentiles = Object.fromEntries([50, 90, 99].map((p) => [`p${p}`, delays.percentile(p)]));
  return rows({ ...measured, ...percentiles, count });
}

/** Bytes. */
export function heapText(): string {
  const spaces = getHeapSpaceStatistics().map(
    (space) => [`${space.space_name} used`, space.space_used_size] as const,
  );
  return rows({ ...process.memoryUsage(), ...getHeapStatistics(), ...Object.fromEntries(spaces) });
}

/** Stack, handles and workers of the process. The environment stays out: it holds secrets. */
export function stackText(): string {
  // The type of Node says object.
  const report = process.report.getReport() as {
    readonly javascriptStack?: unknown;
    readonly libuv?: unknown;
    readonly workers?: unknown;
  };
  const { javascriptStack, libuv, workers } = report;
  return `${JSON.stringify({ javascriptStack, libuv, workers }, undefined, 2)}\n`;
}

function rows(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${Math.round(value)}\n`)
    .join('');
}
