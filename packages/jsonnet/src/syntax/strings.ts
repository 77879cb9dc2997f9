import { errorAt, type Source } from './source.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Reads a quoted string that begins at `offset`. Returns its contents and the offset behind it. */
export function lexQuoted(source: Source, offset: number): [string, number] {
  const { text } = source;
  const quote = text.charAt(offset);
  let contents = '';
  let from = offset + 1;
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === quote) return [contents + text.slice(from, at), at + 1];
    if (char !== '\\') continue;
    const [unescaped, end] = readEscape(source, at);
    contents += text.slice(from, at) + unescaped;
    from = end;
    at = end - 1;
  }
  throw errorAt('syntax', 'The string has no end; close it with the quote it began with.', {
    source,
    offset,
  });
}

function readEscape(source: Source, offset: number): [string, number] {
  const char = source.text.charAt(offset + 1);
  if (char === 'u') return readUnicodeEscape(source, offset);
  const plain = Object.hasOwn(ESCAPES, char) ? ESCAPES[char] : undefined;
  if (plain === undefined) {
    throw errorAt('syntax', `\\${char} is not an escape sequence; write \\\\ for a backslash.`, {
      source,
      offset,
    });
  }
  return [plain, offset + 2];
}

/** Code points above U+FFFF are two escapes. One alone is an error; two that do not fit become U+FFFD. */
function readUnicodeEscape(source: Source, offset: number): [string, number] {
  const first = hexUnit(source, offset);
  if (first < 0xd800 || first > 0xdfff) return [String.fromCharCode(first), offset + 6];
  if (!source.text.startsWith('\\u', offset + 6)) {
    throw errorAt('syntax', 'Half of a surrogate pair stands alone.', { source, offset });
  }
  const second = hexUnit(source, offset + 6);
  const isPair = first < 0xdc00 && second >= 0xdc00 && second <= 0xdfff;
  if (!isPair) return ['\ufffd', offset + 12];
  return [String.fromCharCode(first, second), offset + 12];
}

function hexUnit(source: Source, offset: number): number {
  const digits = source.text.slice(offset + 2, offset + 6);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
    throw errorAt('syntax', '\\u needs four hexadecimal digits.', { source, offset });
  }
  return Number.parseInt(digits, 16);
}

/** Reads `@'…'` or `@"…"`, where only the doubled quote is special. */
export function lexVerbatim(source: Source, offset: number): [string, number] {
  const { text } = source;
  const quote = text.charAt(offset + 1);
  if (quote !== '"' && quote !== "'") {
    throw errorAt('syntax', '"@" begins a string and needs a quote right behind it.', { source, offset });
  }
  let contents = '';
  let from = offset + 2;
  for (;;) {
    const end = text.indexOf(quote, from);
    if (end === -1) {
      throw errorAt('syntax', 'The string has no end; close it with the quote it began with.', {
        source,
        offset,
      });
    }
    contents += text.slice(from, end);
    if (text.charAt(end + 1) !== quote) return [contents, end + 1];
    contents += quote;
    from = end + 2;
  }
}

/** Reads a text block (`|||` or `|||-`, which drops the last line break) up to the closing `|||`. */
export function lexTextBlock(source: Source, offset: number): [string, number] {
  const { text } = source;
  const isChomped = text.charAt(offset + 3) === '-';
  const head = /[ \t\r]*\n/y;
  head.lastIndex = offset + (isChomped ? 4 : 3);
  if (!head.test(text)) {
    throw errorAt('syntax', 'A text block begins on the line after |||.', { source, offset });
  }
  const [contents, end] = readBlockLines(source, offset, head.lastIndex);
  return [isChomped ? contents.slice(0, -1) : contents, end];
}

function readBlockLines(source: Source, offset: number, start: number): [string, number] {
  const { text } = source;
  let at = start;
  let contents = '';
  while (text.charAt(at) === '\n') {
    contents += '\n';
    at++;
  }
  const indent = blanksAt(text, at);
  if (indent === '') {
    throw errorAt('syntax', 'The first line of a text block must be indented.', { source, offset });
  }
  while (text.startsWith(indent, at)) {
    const end = text.indexOf('\n', at);
    if (end === -1)
      throw errorAt('syntax', 'The text block has no end; close it with |||.', { source, offset });
    contents += text.slice(at + indent.length, end + 1);
    at = end + 1;
    while (text.charAt(at) === '\n') {
      contents += '\n';
      at++;
    }
  }
  at += blanksAt(text, at).length;
  if (!text.startsWith('|||', at)) {
    throw errorAt('syntax', 'The text block has no end; close it with ||| on a line of its own.', {
      source,
      offset,
    });
  }
  return [contents, at + 3];
}

function blanksAt(text: string, offset: number): string {
  const blanks = /[ \t]*/y;
  blanks.lastIndex = offset;
  return blanks.exec(text)?.[0] ?? '';
}
