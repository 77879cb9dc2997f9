import { lookOf, type Shape } from '../lib/status.ts';

const PATHS: Readonly<Record<Shape, string>> = {
  check: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM5 8.3l2.1 2.1L11 6.3',
  cross: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6',
  octagon: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3L1.5 10.7V5.3zM8 4.5v4.2M8 11v.4',
  stop: 'M2.5 2.5h11v11h-11zM5.8 5.8h4.4v4.4H5.8z',
  ban: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM3.5 3.5l9 9',
  skip: 'M3 3.5 8.5 8 3 12.5zM8.5 3.5 13 8l-4.5 4.5M14 3v10',
  spinner:
    'M8 1.5A6.5 6.5 0 0 1 14.5 8M8 14.5A6.5 6.5 0 0 1 1.5 8M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z',
  clock: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM8 4.5V8l2.5 1.5',
  hourglass:
    'M4 1.5h8M4 14.5h8M4.5 1.5c0 4 3.5 4.5 3.5 6.5s-3.5 2.5-3.5 6.5M11.5 1.5c0 4-3.5 4.5-3.5 6.5s3.5 2.5 3.5 6.5',
  shield: 'M8 1.5 2.5 3.5v4c0 3.5 2.3 5.8 5.5 7 3.2-1.2 5.5-3.5 5.5-7v-4zM8 5v3.5M8 10.6v.4',
  dashed:
    'M8 1.5a6.5 6.5 0 0 1 3 .7M13.7 5a6.5 6.5 0 0 1 .6 4M12.5 12.7a6.5 6.5 0 0 1-3.5 1.7M5 13.8a6.5 6.5 0 0 1-2.9-3M1.6 7A6.5 6.5 0 0 1 4.2 2.8',
};

/** The shape of a status. Decorative unless it `speaks`: then its text is there for screen readers. */
export function StatusShape({
  status,
  speaks = false,
}: {
  readonly status: string;
  readonly speaks?: boolean;
}) {
  const look = lookOf(status);
  return (
    <span className="shape" data-tone={look.tone}>
      <svg viewBox="0 0 16 16" aria-hidden="true" className={look.shape === 'spinner' ? 'spin' : undefined}>
        <path d={PATHS[look.shape]} />
      </svg>
      {speaks && <span className="sr-only">{look.label}</span>}
    </span>
  );
}

/** Shape and word of a status. */
export function StatusBadge({ status }: { readonly status: string }) {
  const look = lookOf(status);
  return (
    <span className="badge" data-tone={look.tone}>
      <StatusShape status={status} />
      {look.label}
    </span>
  );
}
