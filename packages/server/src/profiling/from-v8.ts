import type { HeapProfiler, Profiler } from 'node:inspector/promises';
import type { Frame, Profile, Sample } from './message.ts';

/** Microseconds between two looks of the processor profile. */
export const CPU_INTERVAL_MICROS = 10_000;
/** Bytes between two samples of the heap. */
export const HEAP_INTERVAL_BYTES = 524_288;

/** The tree of calls that V8 returns, as stacks with the time spent in their innermost frame. */
export function fromCpuProfile(profile: Profiler.Profile, takenMs: number): Profile {
  const counts = new Map<number, { count: number; micros: number }>();
  const { samples = [], timeDeltas = [] } = profile;
  samples.forEach((id, index) => {
    const known = counts.get(id) ?? { count: 0, micros: 0 };
    counts.set(id, { count: known.count + 1, micros: known.micros + Math.max(0, timeDeltas[index] ?? 0) });
  });
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)),
  );
  const stackOf = (id: number): readonly Frame[] => {
    const stack: Frame[] = [];
    // The outermost node stands for the whole program.
    for (let at = id; parents.has(at); at = parents.get(at) ?? 0) {
      const node = nodes.get(at);
      if (node !== undefined) stack.push(toFrame(node.callFrame));
    }
    return stack;
  };
  return {
    types: [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ],
    samples: [...counts].map(([id, { count, micros }]) => ({
      stack: stackOf(id),
      values: [count, micros * 1000],
    })),
    takenMs,
    durationMs: (profile.endTime - profile.startTime) / 1000,
    period: { type: 'cpu', unit: 'nanoseconds', value: CPU_INTERVAL_MICROS * 1000 },
  };
}

/** The tree of allocations that are still alive. */
export function fromHeapProfile(profile: HeapProfiler.SamplingHeapProfile, takenMs: number): Profile {
  const samples: Sample[] = [];
  const open: { node: HeapProfiler.SamplingHeapProfileNode; stack: readonly Frame[] }[] = [
    { node: profile.head, stack: [] },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, stack } = next;
    const count = Math.max(1, Math.round(node.selfSize / HEAP_INTERVAL_BYTES));
    if (node.selfSize > 0 && stack.length > 0) samples.push({ stack, values: [count, node.selfSize] });
    for (const child of node.children) {
      open.push({ node: child, stack: [toFrame(child.callFrame), ...stack] });
    }
  }
  return {
    types: [
      { type: 'inuse_objects', unit: 'count' },
      { type: 'inuse_space', unit: 'bytes' },
    ],
    samples,
    takenMs,
    period: { type: 'space', unit: 'bytes', value: HEAP_INTERVAL_BYTES },
  };
}

function toFrame({
  functionName,
  url,
  lineNumber,
}: {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}): Frame {
  return { name: functionName || '(anonymous)', file: url, line: Math.max(0, lineNumber + 1) };
}
