import type { StepRef } from '@sortie/sdk/types';
import { useEffect, useState } from 'react';
import { LogBuffer } from '../lib/log-buffer.ts';
import { type LogPhase, readLog } from '../lib/log-source.ts';
import { useServices } from './services.tsx';

export interface LogState {
  readonly buffer: LogBuffer;
  /** Grows whenever the buffer has changed. */
  readonly revision: number;
  readonly phase: LogPhase | 'failed';
  /** Size of the whole log in bytes, as far as known. */
  readonly total: number;
  readonly error: unknown;
  retry(): void;
}

interface Progress {
  readonly buffer: LogBuffer;
  readonly revision: number;
  readonly phase: LogPhase | 'failed';
  readonly total: number;
  readonly error: unknown;
}

const BATCH_MS = 60;

/** Reads the log of a step into a buffer; `attemptKey` changes when the step runs anew. */
export function useLog(ref: StepRef, isRunning: boolean, attemptKey: string): LogState {
  const { client } = useServices();
  const [tries, setTries] = useState(0);
  const [progress, setProgress] = useState<Progress>(begin);
  const { repo, build, stage, step } = ref;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a step that ends while it is read is read on, not anew
  useEffect(() => {
    const stop = new AbortController();
    const next: { -readonly [K in keyof Progress]: Progress[K] } = begin();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      next.revision += 1;
      if (!stop.signal.aborted) setProgress({ ...next });
    };
    setProgress({ ...next });
    const read = async () => {
      try {
        const options = { isRunning, signal: stop.signal };
        for await (const event of readLog(client, { repo, build, stage, step }, options)) {
          if (event.type === 'bytes') next.buffer.append(event.bytes);
          if (event.type === 'total') next.total = event.bytes;
          if (event.type === 'phase') next.phase = event.phase;
          timer ??= setTimeout(show, BATCH_MS);
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        next.phase = 'failed';
        next.error = error;
        timer ??= setTimeout(show, 0);
      }
    };
    void read();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [client, repo, build, stage, step, attemptKey, tries]);

  return { ...progress, retry: () => setTries((count) => count + 1) };
}

function begin(): Progress {
  return { buffer: new LogBuffer(), revision: 0, phase: 'loading', total: 0, error: undefined };
}
