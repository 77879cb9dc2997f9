import { useNow } from '../hooks/now.ts';
import { elapsedSeconds, formatAge, formatDuration, formatInstant } from '../lib/duration.ts';

/** How long ago something was; the exact time on hover and for screen readers. */
export function Age({ unix }: { readonly unix: number }) {
  const now = useNow(false);
  if (unix === 0) return <span>–</span>;
  const exact = formatInstant(unix);
  return (
    <time dateTime={new Date(unix * 1000).toISOString()} title={exact}>
      {formatAge(unix, now)}
    </time>
  );
}

/** How long something takes or took; ticks while it has no end. */
export function Elapsed({ started, ended }: { readonly started: number; readonly ended: number }) {
  const now = useNow(started > 0 && ended === 0);
  const seconds = elapsedSeconds({ started, ended }, now);
  return <span className="num">{seconds === undefined ? '–' : formatDuration(seconds)}</span>;
}
