import type { JsonValue } from '../json-value.ts';
import { Cursor } from './cursor.ts';
import { NodeParser, type YamlMeter } from './node-parser.ts';
import { YamlError } from './yaml-error.ts';

/**
 * `std.parseYaml`: one value, or an array of them when `---` occurs anywhere in the text. The text is cut at lines
 * that are only `---`; in a piece only the first document counts. All of this is the reference's way. Throws
 * `YamlError`.
 */
export function parseYaml(text: string, meter: YamlMeter): JsonValue {
  meter.spend(text.length);
  meter.allocate(4 * text.length);
  const clean = text.replace(/\r\n?/g, '\n');
  const pieces = splitPieces(clean);
  const values = pieces.map((piece) => parsePiece(piece, meter));
  if (clean.includes('---')) return values;
  const [only] = values;
  if (only === undefined) throw new YamlError('The text holds no document.', 1);
  return only;
}

interface Piece {
  readonly text: string;
  readonly line: number;
}

/** A `---` ends a piece; where none has begun, it belongs to the next. */
function splitPieces(text: string): Piece[] {
  if (text === '') return [];
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = 1; at <= lines.length; at++) {
    const line = lines[at];
    if (line !== undefined && (at === from || !/^---\s*$/.test(line))) continue;
    if (at > from) pieces.push({ text: `${lines.slice(from, at).join('\n')}\n`, line: from + 1 });
    from = at + 1;
  }
  return pieces;
}

function parsePiece({ text, line }: Piece, meter: YamlMeter): JsonValue {
  const cursor = new Cursor(text.startsWith('\ufeff') ? text.slice(1) : text, line);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufeff\ufffe\uffff]/.test(cursor.text)) {
    cursor.fail('The text holds control characters.');
  }
  const parser = new NodeParser(cursor, meter);
  cursor.skipBlank();
  if (cursor.isAtEnd && cursor.text.includes('\t')) refuseTab(cursor);
  const hasDirective = skipDirectives(cursor);
  if (hasDirective && !cursor.isAtMarker()) cursor.fail('"---" is missing after a directive.');
  const isMarked = cursor.isAtMarker() && cursor.peek() === '-';
  if (isMarked) cursor.skip(3);
  else if (cursor.isAtMarker()) cursor.fail('The document has no content.');
  const { value } = parser.readValue(-1, isMarked ? 'marked root' : 'root');
  cursor.skipBlank();
  if (!cursor.isAtEnd && !cursor.isAtMarker())
    cursor.fail('Something stands behind the end of the document.');
  refuseInfinite(value, cursor, meter);
  return value;
}

/** A document of blanks only is null, but a tab at the beginning of a line is always wrong. */
function refuseTab(cursor: Cursor): void {
  if (/^\t/m.test(cursor.text.replace(/#.*/g, ''))) cursor.fail('A tab cannot indent a line; use spaces.');
}

function skipDirectives(cursor: Cursor): boolean {
  let found = false;
  while (cursor.column === 0 && cursor.peek() === '%') {
    while (!cursor.isAtEnd && cursor.peek() !== '\n') cursor.skip();
    cursor.skipBlank();
    found = true;
  }
  return found;
}

/** Infinity and not-a-number are YAML, but no numbers of the language. */
function refuseInfinite(root: JsonValue, cursor: Cursor, meter: YamlMeter): void {
  const rest: JsonValue[] = [root];
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    meter.spend(1);
    if (typeof value === 'number' && !Number.isFinite(value)) cursor.fail('The number is infinite or none.');
    if (typeof value === 'object' && value !== null)
      for (const child of Object.values(value)) rest.push(child);
  }
}
