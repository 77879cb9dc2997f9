/** The parts that Go's reference time `Mon Jan 2 15:04:05 MST 2006` has in a layout. */
const ELEMENTS: readonly string[] = [
  'January',
  'Jan',
  'Monday',
  'Mon',
  'MST',
  '-07:00:00',
  '-070000',
  '-07:00',
  '-0700',
  '-07',
  'Z07:00:00',
  'Z070000',
  'Z07:00',
  'Z0700',
  'Z07',
  '2006',
  '002',
  '__2',
  '_2',
  '01',
  '02',
  '03',
  '04',
  '05',
  '06',
  '15',
  'PM',
  'pm',
  '1',
  '2',
  '3',
  '4',
  '5',
];

/** A piece of a layout: text that stands for itself, or an element, or a fraction like `.000` or `,999`. */
export interface LayoutPart {
  readonly type: 'text' | 'element' | 'fraction';
  readonly text: string;
}

/** Cuts a Go time layout into its parts. */
export function parseLayout(layout: string): LayoutPart[] {
  const parts: LayoutPart[] = [];
  let text = '';
  for (let at = 0; at < layout.length; ) {
    const element = elementAt(layout, at);
    const fraction = element === undefined ? fractionAt(layout, at) : '';
    if (element === undefined && fraction === '') {
      // `_2006` is an underscore before a year, not a padded day.
      text += layout.charAt(at);
      at += 1;
      continue;
    }
    if (text !== '') parts.push({ type: 'text', text });
    text = '';
    const found = element ?? fraction;
    parts.push({ type: element === undefined ? 'fraction' : 'element', text: found });
    at += found.length;
  }
  if (text !== '') parts.push({ type: 'text', text });
  return parts;
}

function elementAt(layout: string, at: number): string | undefined {
  const element = ELEMENTS.find((candidate) => layout.startsWith(candidate, at));
  if (element === undefined) return undefined;
  const next = layout.charAt(at + element.length);
  // "Janet" and "Money" hold no time.
  if ((element === 'Jan' || element === 'Mon') && next >= 'a' && next <= 'z') return undefined;
  if (element === '_2' && layout.startsWith('_2006', at)) return undefined;
  return element;
}

/** A point or comma, zeros or nines, and no further digit. */
function fractionAt(layout: string, at: number): string {
  const pattern = /[.,](?:0+|9+)(?![0-9])/y;
  pattern.lastIndex = at;
  return pattern.exec(layout)?.[0] ?? '';
}
