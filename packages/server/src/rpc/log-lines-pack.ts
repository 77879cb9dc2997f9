import type { LogPieces } from '../logs/log-store.ts';
import type { RpcLine } from './log-lines.ts';

const NEWLINE = '\n';

/**
 * Turns lines into pieces. In a batch a line whose position does not come after the one before it is a repeat and is
 * dropped; in an upload, which is the whole truth, it is counted on, so that nothing is lost.
 */
export interface LinePacker {
  pack(lines: readonly RpcLine[]): readonly LogPieces[];
}

export function createLinePacker(kind: 'batch' | 'upload'): LinePacker {
  let nextPos = 0;
  let isLineStart = true;
  let lineSecond = -1;

  /** Lines with consecutive positions, in order. */
  function toRuns(lines: readonly RpcLine[]): readonly (readonly RpcLine[])[] {
    const runs: RpcLine[][] = [];
    for (const line of lines) {
      if (line.pos < nextPos && kind === 'batch') continue;
      const pos = Math.max(line.pos, nextPos);
      const run = runs.at(-1);
      if (run === undefined || pos !== nextPos) runs.push([{ ...line, pos }]);
      else run.push({ ...line, pos });
      nextPos = pos + 1;
    }
    return runs;
  }

  function toPieces(run: readonly RpcLine[]): LogPieces {
    const parts = run.map(({ out }) => Buffer.from(out));
    const seconds: { offset: number; second: number }[] = [];
    let offset = 0;
    run.forEach((line, index) => {
      if (line.out === '') return;
      if (seconds.length === 0 || (isLineStart && line.time !== lineSecond)) {
        seconds.push({ offset, second: line.time });
      }
      if (isLineStart) lineSecond = line.time;
      isLineStart = line.out.endsWith(NEWLINE);
      offset += parts[index]?.length ?? 0;
    });
    return {
      firstPos: run[0]?.pos ?? 0,
      lengths: Uint32Array.from(parts, ({ length }) => length),
      bytes: Buffer.concat(parts),
      seconds,
    };
  }

  return { pack: (lines) => toRuns(lines).map(toPieces) };
}
