/**
 * Colours and styles of terminal output (ECMA-48 SGR, 256 colours, true colour, OSC 8 links) as data. Nothing
 * here makes HTML: the text stays text, so a hostile log cannot become markup. Sequences that are not known are
 * dropped whole.
 */
export interface AnsiStyle {
  /** -1 = default, 0 to 255 = palette, above = 0x1000000 + RGB. */
  readonly fg: number;
  readonly bg: number;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly strike: boolean;
  readonly inverse: boolean;
  /** Target of an OSC 8 link; http and https only. */
  readonly link: string;
}

export interface AnsiSegment {
  readonly text: string;
  readonly style: AnsiStyle;
}

export const PLAIN: AnsiStyle = {
  fg: -1,
  bg: -1,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
  link: '',
};

/** Marks a colour as red, green, blue instead of a place in the palette. */
export const TRUE_COLOR = 0x1000000;

const ESC = 0x1b;
const BEL = 0x07;

/**
 * One line as styled pieces, and the style that the next line begins with. A carriage return starts the line
 * again, so a progress display shows its last state only.
 */
export function parseAnsi(line: string, from: AnsiStyle): { segments: AnsiSegment[]; style: AnsiStyle } {
  const versions = line.replace(/\r+$/, '').split('\r');
  let segments: AnsiSegment[] = [];
  let style = from;
  for (const version of versions) {
    const parsed = parseVersion(version, style);
    style = parsed.style;
    if (parsed.segments.length > 0) segments = parsed.segments;
  }
  return { segments, style };
}

/** The text of a line as a reader sees it. */
export function plainText(line: string): string {
  return parseAnsi(line, PLAIN)
    .segments.map((segment) => segment.text)
    .join('');
}

function parseVersion(text: string, from: AnsiStyle): { segments: AnsiSegment[]; style: AnsiStyle } {
  const segments: AnsiSegment[] = [];
  let style = from;
  let at = 0;
  while (at < text.length) {
    const start = text.indexOf('\x1b', at);
    const end = start < 0 ? text.length : start;
    const visible = dropControls(text.slice(at, end));
    if (visible !== '') segments.push({ text: visible, style });
    if (start < 0) break;
    const sequence = readSequence(text, start);
    style = sequence.apply(style);
    at = sequence.end;
  }
  return { segments, style };
}

interface Sequence {
  readonly end: number;
  apply(style: AnsiStyle): AnsiStyle;
}

const keep = (style: AnsiStyle) => style;

function readSequence(text: string, at: number): Sequence {
  const kind = text[at + 1];
  if (kind === '[') return readControl(text, at + 2);
  if (kind === ']') return readOperatingSystem(text, at + 2);
  if (kind === 'P' || kind === 'X' || kind === '^' || kind === '_') {
    return { end: stringEnd(text, at + 2).next, apply: keep };
  }
  let end = at + 1;
  while (isBetween(text.charCodeAt(end), 0x20, 0x2f)) end += 1;
  return { end: end + 1, apply: keep };
}

function readControl(text: string, from: number): Sequence {
  let end = from;
  while (isBetween(text.charCodeAt(end), 0x20, 0x3f)) end += 1;
  const body = text.slice(from, end);
  const isFinal = isBetween(text.charCodeAt(end), 0x40, 0x7e);
  const next = isFinal ? end + 1 : end;
  if (text[end] !== 'm' || !/^[\d;:]*$/.test(body)) return { end: next, apply: keep };
  const codes = body.split(/[;:]/).map(Number);
  return { end: next, apply: (style) => applyCodes(style, codes) };
}

function readOperatingSystem(text: string, from: number): Sequence {
  const { end, next } = stringEnd(text, from);
  const link = /^8;[^;]*;(.*)$/.exec(text.slice(from, end));
  if (link === null) return { end: next, apply: keep };
  const target = link[1] ?? '';
  const safe = /^https?:\/\/[^\s"'<>]+$/i.test(target) ? target : '';
  return { end: next, apply: (style) => ({ ...style, link: safe }) };
}

/** Where a string sequence ends: at BEL or ESC \, or with the line when it was never closed. */
function stringEnd(text: string, from: number): { end: number; next: number } {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BEL) return { end: at, next: at + 1 };
    if (code === ESC) return { end: at, next: text[at + 1] === '\\' ? at + 2 : at };
  }
  return { end: text.length, next: text.length };
}

function applyCodes(from: AnsiStyle, codes: readonly number[]): AnsiStyle {
  let style = from;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const color = readColor(codes, at + 1);
      if (color.value >= 0) style = { ...style, [code === 38 ? 'fg' : 'bg']: color.value };
      at += color.used;
    } else {
      style = applyCode(style, code);
    }
  }
  return style;
}

function readColor(codes: readonly number[], at: number): { value: number; used: number } {
  const [mode, first = 0, second = 0, third = 0] = codes.slice(at, at + 4);
  if (mode === 5) return { value: first <= 255 ? first : -1, used: 2 };
  if (mode !== 2) return { value: -1, used: codes.length };
  const isValid = first <= 255 && second <= 255 && third <= 255;
  return { value: isValid ? TRUE_COLOR + first * 65_536 + second * 256 + third : -1, used: 4 };
}

const SWITCHES: Readonly<Record<number, Partial<AnsiStyle>>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { underline: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { fg: -1 },
  49: { bg: -1 },
};

function applyCode(style: AnsiStyle, code: number): AnsiStyle {
  if (code === 0) return { ...PLAIN, link: style.link };
  if (isBetween(code, 30, 37)) return { ...style, fg: code - 30 };
  if (isBetween(code, 40, 47)) return { ...style, bg: code - 40 };
  if (isBetween(code, 90, 97)) return { ...style, fg: code - 82 };
  if (isBetween(code, 100, 107)) return { ...style, bg: code - 92 };
  return { ...style, ...SWITCHES[code] };
}

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

/** Drops control characters except the tab; marks those that turn the reading direction, which can lie. */
function dropControls(text: string): string {
  return text
    .replace(/\p{Cc}/gu, (char) => (char === '\t' ? char : ''))
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
