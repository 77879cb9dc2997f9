/** What a badge can say. */
export type BadgeWord = 'success' | 'failure' | 'error' | 'started' | 'none';

interface BadgeShape {
  readonly colour: string;
  /** Width of the right part in pixels; the left one with the word "build" is always as wide. */
  readonly width: number;
  /** Middle of the word on the right. */
  readonly middle: number;
}

const LEFT_WIDTH = 37;
const LEFT_MIDDLE = 19.5;
const HEIGHT = 20;

const SHAPES: Readonly<Record<BadgeWord, BadgeShape>> = {
  success: { colour: '#4c1', width: 54, middle: 63 },
  failure: { colour: '#e05d44', width: 46, middle: 59 },
  error: { colour: '#9f9f9f', width: 39, middle: 55.5 },
  started: { colour: '#dfb317', width: 50, middle: 61 },
  none: { colour: '#9f9f9f', width: 38, middle: 55 },
};

/** The picture, drawn as api-legacy.md 3.8 says, byte by byte: caches and tests of old servers know these. */
export function renderBadge(word: BadgeWord): string {
  const { colour, width, middle } = SHAPES[word];
  const whole = LEFT_WIDTH + width;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${HEIGHT}">`,
    '<linearGradient id="a" x2="0" y2="100%">',
    '<stop offset="0" stop-color="#bbb" stop-opacity=".1"/><stop offset="1" stop-opacity=".1"/>',
    '</linearGradient>',
    `<rect rx="3" width="${whole}" height="${HEIGHT}" fill="#555"/>`,
    `<rect rx="3" x="${LEFT_WIDTH}" width="${width}" height="${HEIGHT}" fill="${colour}"/>`,
    // Squares the corners off where the two parts meet.
    `<path fill="${colour}" d="M${LEFT_WIDTH} 0h4v${HEIGHT}h-4z"/>`,
    `<rect rx="3" width="${whole}" height="${HEIGHT}" fill="url(#a)"/>`,
    '<g fill="#fff" text-anchor="middle" font-family="DejaVu Sans,Verdana,Geneva,sans-serif" font-size="11">',
    renderWord('build', LEFT_MIDDLE),
    renderWord(word, middle),
    '</g></svg>',
  ].join('');
}

/** A word above its shadow. */
function renderWord(word: string, x: number): string {
  return (
    `<text x="${x}" y="15" fill="#010101" fill-opacity=".3">${word}</text>` +
    `<text x="${x}" y="14">${word}</text>`
  );
}
