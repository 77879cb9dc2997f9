const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** `1d 2h 3m 4s`: every unit from the first that is not zero; days and hours drop the seconds. */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || parts.length > 0 || unit === 's') parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 3).join(' ');
}

/** Seconds between start and end, or up to `now` while the end is 0; `undefined` when it never began. */
export function elapsedSeconds(
  span: { readonly started?: number; readonly ended?: number },
  now: number,
): number | undefined {
  if (span.started === undefined || span.started === 0) return undefined;
  return Math.max(0, (span.ended === undefined || span.ended === 0 ? now : span.ended) - span.started);
}

/** `just now`, `5 min ago`, `3 h ago`, `2 days ago`; older than 30 days as a date. `then` and `now` in unix seconds. */
export function formatAge(then: number, now: number): string {
  const seconds = Math.max(0, now - then);
  if (seconds < 45) return 'just now';
  if (seconds < 3_570) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 84_600) return `${Math.round(seconds / 3_600)} h ago`;
  const days = Math.round(seconds / 86_400);
  if (days === 1) return 'yesterday';
  return days <= 30 ? `${days} days ago` : new Date(then * 1000).toISOString().slice(0, 10);
}

/** Date and time in the reader's zone, for example `2026-03-01 14:05:09`. */
export function formatInstant(unix: number): string {
  const date = new Date(unix * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** A size for people: `812 B`, `4.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const kilo = bytes / 1000;
  return kilo < 1000 ? `${kilo.toFixed(1)} kB` : `${(kilo / 1000).toFixed(1)} MB`;
}
