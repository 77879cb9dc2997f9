export interface Span {
  /** Unix seconds; 0 = not begun. */
  readonly started: number;
  /** Unix seconds; 0 = not ended. */
  readonly ended: number;
}

/** The place of a span within a whole, in percent; `undefined` while it has not begun. A span is never invisible. */
export function barOf(span: Span, whole: Span, now: number): { left: number; width: number } | undefined {
  if (span.started === 0 || whole.started === 0) return undefined;
  const length = Math.max(1, (whole.ended === 0 ? now : whole.ended) - whole.started);
  const clamp = (value: number) => Math.max(0, Math.min(100, value));
  const left = clamp(((span.started - whole.started) / length) * 100);
  const right = clamp((((span.ended === 0 ? now : span.ended) - whole.started) / length) * 100);
  const width = Math.max(2, right - left);
  return { left: Math.min(left, 100 - width), width };
}
