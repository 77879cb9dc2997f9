import { giveUp } from './fast-cursor.ts';
import { foldLines } from './fast-folding.ts';

const SPACE = 0x20;

export interface Block {
  readonly text: string;
  /** Offset after the last line that counts as its source. */
  readonly sourceEnd: number;
  /** Offset after it, blank lines included. */
  readonly end: number;
}

/** The block that begins at `start` with `|` or `>`; its lines stand further right than `parent`. */
export function readBlock(text: string, start: number, parent: number): Block {
  const head = /[|>]([-+]?) *(?: #[^\n]*)?\n/y;
  head.lastIndex = start;
  const match = head.exec(text) ?? giveUp();
  const isFolded = match[0].startsWith('>');
  const keepsBlanks = match[1] === '+';
  const { lines, end, width, filled } = readLines(text, start + match[0].length);
  let count = lines.length;
  while (count > 0 && lines[count - 1] === '') count -= 1;
  if (width <= parent || width === 0 || count === 0) giveUp();
  const kept = lines.slice(0, count);
  // Lines that are indented further are not folded, and a plus sign keeps what folding looks at.
  if (isFolded && (keepsBlanks || kept[0] === '' || kept.some((line) => line.startsWith(' ')))) giveUp();
  const body = isFolded ? foldLines(kept) : kept.join('\n');
  const sourceEnd = keepsBlanks ? end : filled;
  if (match[1] === '-') return { text: body, sourceEnd, end };
  return { text: keepsBlanks ? `${lines.join('\n')}\n` : `${body}\n`, sourceEnd, end };
}

interface Lines {
  /** Without the indentation of the first one that has text. */
  readonly lines: readonly string[];
  readonly end: number;
  readonly width: number;
  /** Offset after the last line that has text. */
  readonly filled: number;
}

/** Lines from `from` on, up to one that stands further left than the first one that has text. */
function readLines(text: string, from: number): Lines {
  const lines: string[] = [];
  let width = 0;
  let filled = from;
  let at = from;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const lineEnd = newline < 0 ? giveUp() : newline;
    let content = at;
    while (text.charCodeAt(content) === SPACE) content += 1;
    if (content < lineEnd && width === 0) {
      width = content - at;
      if (width === 0) break;
      // A blank line above that is longer than the indentation is a mistake.
      if (lines.some((line) => line.length > width)) giveUp();
      lines.fill('');
    } else if (content < lineEnd && content - at < width) break;
    // Until the width is known, a blank line keeps its spaces for the check above.
    const line = width === 0 ? text.slice(at, lineEnd) : text.slice(Math.min(at + width, lineEnd), lineEnd);
    lines.push(line);
    at = lineEnd + 1;
    if (width > 0 && (content < lineEnd || line !== '')) filled = at;
  }
  return { lines, end: at, width, filled };
}
