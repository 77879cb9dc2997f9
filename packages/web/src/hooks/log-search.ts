import { useEffect, useMemo, useRef, useState } from 'react';
import type { LogBuffer } from '../lib/log-buffer.ts';
import { compileSearch, matchLines } from '../lib/log-search.ts';

export interface LogSearch {
  readonly pattern: RegExp | undefined;
  /** Matching lines from 0, in order. */
  readonly matches: readonly number[];
  readonly isDone: boolean;
}

interface Progress {
  readonly buffer: LogBuffer;
  readonly pattern: RegExp | undefined;
  readonly matches: number[];
  line: number;
}

const SLICE_MS = 12;
const SLICE_LINES = 500;

/** Searches a log in short slices, so that a million lines never hold up the page; new lines only continue it. */
export function useLogSearch(buffer: LogBuffer, revision: number, text: string): LogSearch {
  const pattern = useMemo(() => compileSearch(text), [text]);
  const progress = useRef<Progress>({ buffer, pattern, matches: [], line: 0 });
  const [found, setFound] = useState<Omit<LogSearch, 'pattern'>>({ matches: [], isDone: true });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `revision` says that the buffer has changed
  useEffect(() => {
    if (progress.current.buffer !== buffer || progress.current.pattern !== pattern) {
      progress.current = { buffer, pattern, matches: [], line: 0 };
    }
    if (pattern === undefined) {
      setFound({ matches: [], isDone: true });
      return;
    }
    const work = progress.current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const slice = () => {
      const until = performance.now() + SLICE_MS;
      while (work.line < buffer.lineCount && performance.now() < until) {
        const end = Math.min(work.line + SLICE_LINES, buffer.lineCount);
        for (const line of matchLines(buffer, pattern, work.line, end)) work.matches.push(line);
        work.line = end;
      }
      const isDone = work.line >= buffer.lineCount;
      setFound({ matches: [...work.matches], isDone });
      if (!isDone) timer = setTimeout(slice, 0);
    };
    timer = setTimeout(slice, 0);
    return () => clearTimeout(timer);
  }, [buffer, revision, pattern]);
  return { pattern, ...found };
}
