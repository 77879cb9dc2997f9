import {
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { LogState } from '../hooks/log.ts';
import { useScroller } from '../hooks/scroller.ts';
import { useShownTheme } from '../hooks/theme.ts';
import type { LineRange } from '../lib/line-range.ts';
import { rowsOf } from '../lib/log-row.ts';
import { scrollTopFor, viewportOf } from '../lib/viewport.ts';
import { wrapRows } from '../lib/wrap-rows.ts';
import { LogRow } from './log-row.tsx';

interface LogLinesProps {
  readonly log: LogState;
  readonly isWrapped: boolean;
  readonly isFollowing: boolean;
  readonly setFollowing: (on: boolean) => void;
  readonly pattern: RegExp | undefined;
  /** A line to bring into view, from 0; -1 = none. */
  readonly current: number;
  readonly range: LineRange | undefined;
  readonly select: (range: LineRange) => void;
}

/** Height of a row; `.log-row` in the stylesheet has the same. */
const ROW_PX = 20;

/** The part of the log that is in the window, never more than 300 rows. */
export function LogLines(props: LogLinesProps) {
  const { log, isWrapped, isFollowing, setFollowing, pattern, current, range, select } = props;
  const { buffer, revision } = log;
  const theme = useShownTheme();
  const scroller = useScroller({ isFollowing, setFollowing });
  const count = buffer.lineCount;
  const rowsBefore = useWrapRows(log, isWrapped ? scroller.columns : 0);
  const place = { count, rowPx: ROW_PX, heightPx: scroller.height, ...(rowsBefore && { rowsBefore }) };
  const view = viewportOf({ ...place, scrollTop: scroller.scrollTop });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `revision` says that the buffer has changed
  const rows = useMemo(
    () => rowsOf(buffer, view.first, view.last, { theme, pattern }),
    [buffer, revision, view.first, view.last, theme, pattern],
  );
  const target = current >= 0 ? current : range === undefined ? -1 : range.first - 1;
  const isReady = scroller.height > 0 && target < count;
  // biome-ignore lint/correctness/useExhaustiveDependencies: jumps only when the target changes, not with every line
  useEffect(() => {
    if (target >= 0 && isReady && !isFollowing) scroller.jump(scrollTopFor(target, place));
  }, [target, isReady, isWrapped]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines and new sizes move the end
  useLayoutEffect(() => {
    if (isFollowing) scroller.jumpToEnd();
  }, [isFollowing, view.totalPx, scroller.height, revision]);
  const unseen = useUnseen(count, isFollowing);
  const onNumber = (line: number, event: MouseEvent) => {
    event.preventDefault();
    const first = event.shiftKey && range !== undefined ? Math.min(range.first, line) : line;
    select({ first, last: event.shiftKey && range !== undefined ? Math.max(range.last, line) : line });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'End' && !event.ctrlKey) setFollowing(true);
    if (event.key === 'Home' && !event.ctrlKey) scroller.jump(0);
  };
  return (
    <div className="log-frame">
      <section
        ref={scroller.ref}
        className="log-scroll"
        data-wrapped={isWrapped || undefined}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
        tabIndex={0}
        aria-label={`Log, ${count} lines`}
        onScroll={scroller.onScroll}
        onKeyDown={onKey}
      >
        <div className="log-content" style={{ height: view.totalPx }}>
          <div className="log-rows" style={{ transform: `translateY(${view.offsetPx}px)` }}>
            {rows.map((row) => (
              <LogRow
                key={row.line}
                row={row}
                isCurrent={row.line === current}
                isSelected={range !== undefined && row.line + 1 >= range.first && row.line + 1 <= range.last}
                onNumber={onNumber}
              />
            ))}
          </div>
        </div>
      </section>
      {unseen > 0 && (
        <button type="button" className="pill" onClick={() => setFollowing(true)}>
          {unseen.toLocaleString('en')} new {unseen === 1 ? 'line' : 'lines'} ↓
        </button>
      )}
    </div>
  );
}

function useWrapRows({ buffer, revision }: LogState, columns: number): Uint32Array | undefined {
  const known = useRef<{ buffer: object; columns: number; rows: Uint32Array }>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `revision` says that the buffer has changed
  return useMemo(() => {
    if (columns === 0) return undefined;
    const same = known.current?.buffer === buffer && known.current.columns === columns;
    const rows = wrapRows(buffer, columns, same ? known.current?.rows : undefined);
    known.current = { buffer, columns, rows };
    return rows;
  }, [buffer, revision, columns]);
}

/** Lines that came since following was paused. */
function useUnseen(count: number, isFollowing: boolean): number {
  const [seen, setSeen] = useState(count);
  useEffect(() => {
    if (isFollowing) setSeen(count);
  }, [count, isFollowing]);
  return isFollowing ? 0 : Math.max(0, count - seen);
}
