/** A piece of a layout: text that stands for itself, or an element, or a fraction like `.000` or `,999`. */
export interface LayoutPart {
  readonly type: 'text' | 'element' | 'fraction';
  readonly text: string;
}

/**
 * The parts that Go's reference time `Mon Jan 2 15:04:05 MST 2006` has in a layout, longer ones first. "Janet" and
 * "Money" hold no time, and `_2006` is an underscore before a year. Last a fraction: zeros or nines, then no digit.
 */
const ELEMENT = new RegExp(
  [
    'January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST',
    '-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07',
    '2006|002|__2|_2(?!006)|0[1-6]|15|PM|pm|[1-5]',
    '[.,](?:0+|9+)(?![0-9])',
  ].join('|'),
  'g',
);

/** Cuts a Go time layout into its parts. */
export function parseLayout(layout: string): LayoutPart[] {
  const parts: LayoutPart[] = [];
  let end = 0;
  for (const match of layout.matchAll(ELEMENT)) {
    const [text] = match;
    if (match.index > end) parts.push({ type: 'text', text: layout.slice(end, match.index) });
    parts.push({ type: text.startsWith('.') || text.startsWith(',') ? 'fraction' : 'element', text });
    end = match.index + text.length;
  }
  if (end < layout.length) parts.push({ type: 'text', text: layout.slice(end) });
  return parts;
}
