import { type HeapProfiler, Session } from 'node:inspector/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import { AppError } from '@sortie/core/errors';
import { CPU_INTERVAL_MICROS, fromCpuProfile, fromHeapProfile, HEAP_INTERVAL_BYTES } from './from-v8.ts';
import type { Profile } from './message.ts';
import type { DelayHistogram } from './report.ts';

/** Looks into the running server. Nothing is measured before `start` or the first question. */
export interface Profiler {
  /** Begins to sample the heap and the delays of the event loop; costs too little to be measured. */
  start(): Promise<void>;
  heap(options: { readonly collectsFirst: boolean }): Promise<Profile>;
  /** A whole snapshot of the heap as V8 writes it. Nothing else runs while V8 looks at the heap. */
  snapshot(): Readable;
  /** Throws `profiler-busy` while another recording runs. Ends early, with what there is, when `signal` aborts. */
  cpu(seconds: number, signal: AbortSignal): Promise<Profile>;
  /** The text of a Chrome trace. Throws `profiler-busy` while another recording runs. */
  trace(seconds: number, signal: AbortSignal): Promise<string>;
  eventLoopDelay(): DelayHistogram;
  stop(): Promise<void>;
}

/** Wakes the process seldom enough to cost nothing. */
const DELAY_RESOLUTION_MS = 100;
const TRACE_CATEGORIES = ['node', 'node.async_hooks', 'v8'];

export function createProfiler(deps: { readonly nowMs: () => number }): Profiler {
  let heapSession: Promise<Session> | undefined;
  let delays: DelayHistogram | undefined;
  let isRecording = false;
  const samplingHeap = () => {
    heapSession ??= startHeapSampling();
    return heapSession;
  };
  const eventLoopDelay = () => {
    delays ??= startDelays();
    return delays;
  };
  const record = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    if (isRecording) throw busy();
    isRecording = true;
    const session = new Session();
    session.connect();
    try {
      return await work(session);
    } finally {
      session.disconnect();
      isRecording = false;
    }
  };
  return {
    async start() {
      eventLoopDelay();
      await samplingHeap();
    },
    async heap({ collectsFirst }) {
      const session = await samplingHeap();
      if (collectsFirst) await session.post('HeapProfiler.collectGarbage');
      return fromHeapProfile(await readHeap(session), deps.nowMs());
    },
    snapshot: () => getHeapSnapshot(),
    cpu: (seconds, signal) =>
      record(async (session) => {
        const takenMs = deps.nowMs();
        await session.post('Profiler.enable');
        await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_MICROS });
        await session.post('Profiler.start');
        await waitFor(seconds, signal);
        const { profile } = await session.post('Profiler.stop');
        return fromCpuProfile(profile, takenMs);
      }),
    trace: (seconds, signal) => record((session) => recordTrace(session, seconds, signal)),
    eventLoopDelay,
    async stop() {
      delays?.disable();
      const session = await heapSession;
      heapSession = undefined;
      session?.disconnect();
    },
  };
}

async function startHeapSampling(): Promise<Session> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', { samplingInterval: HEAP_INTERVAL_BYTES });
  return session;
}

/** V8 has one sampler for the process: whoever else used it has stopped this one too. */
async function readHeap(session: Session): Promise<HeapProfiler.SamplingHeapProfile> {
  try {
    return (await session.post('HeapProfiler.getSamplingProfile')).profile;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    await session.post('HeapProfiler.startSampling', { samplingInterval: HEAP_INTERVAL_BYTES });
    return (await session.post('HeapProfiler.getSamplingProfile')).profile;
  }
}

function startDelays(): DelayHistogram {
  const histogram = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  histogram.enable();
  return histogram;
}

async function recordTrace(session: Session, seconds: number, signal: AbortSignal): Promise<string> {
  const events: object[] = [];
  session.on('NodeTracing.dataCollected', ({ params }) => void events.push(...params.value));
  const complete = new Promise<void>((resolve) => {
    session.once('NodeTracing.tracingComplete', () => resolve());
  });
  await session.post('NodeTracing.start', { traceConfig: { includedCategories: TRACE_CATEGORIES } });
  await waitFor(seconds, signal);
  await session.post('NodeTracing.stop');
  await complete;
  return JSON.stringify({ traceEvents: events });
}

/** Who asked may have gone away. */
async function waitFor(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(seconds * 1000, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function busy(): AppError {
  return new AppError('profiler-busy', 'Another profile is being recorded.', {
    hint: 'Wait until it is done.',
  });
}
