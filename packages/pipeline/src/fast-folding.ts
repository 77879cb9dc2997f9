import { giveUp } from './fast-cursor.ts';

const SPACE = 0x20;

/** Joins lines as YAML folds them: a line break is a space, and each blank line between two others a line break. */
export function foldLines(lines: readonly string[]): string {
  let text = '';
  let blanks = 0;
  for (const [at, line] of lines.entries()) {
    if (line === '' && at > 0 && at < lines.length - 1) blanks += 1;
    else {
      text += at === 0 ? line : (blanks === 0 ? ' ' : '\n'.repeat(blanks)) + line;
      blanks = 0;
    }
  }
  return text;
}

/** A scalar over several lines: its text, and the offset after its last character. */
export interface Folded {
  readonly lines: readonly string[];
  readonly end: number;
}

/**
 * The plain scalar whose first line is `first` and ends at `lineEnd`: all further lines that stand further right than
 * `parent` belong to it. Gives up where a colon or comment makes that doubtful.
 */
export function readPlainLines(text: string, first: string, lineEnd: number, parent: number): Folded {
  const lines = [first];
  let end = lineEnd;
  let blanks = 0;
  for (let at = text.indexOf('\n', lineEnd) + 1; at > 0 && at < text.length; ) {
    const next = text.indexOf('\n', at);
    const stop = next < 0 ? text.length : next;
    let start = at;
    while (text.charCodeAt(start) === SPACE) start += 1;
    const column = start - at;
    at = stop + 1;
    if (start >= stop) {
      blanks += 1;
      continue;
    }
    if (column <= parent) break;
    const line = text.slice(start, stop).trimEnd();
    if (/^#|\s#|:(?:\s|$)|\t/.test(line)) giveUp();
    lines.push(...Array.from({ length: blanks }, () => ''), line);
    blanks = 0;
    end = start + line.length;
  }
  return { lines, end };
}

/** The lines of a quoted scalar, without the spaces around them that folding takes away. */
export function readQuotedLines(inner: string, parent: number): readonly string[] {
  const lines = inner.split('\n');
  return lines.map((line, at) => {
    const trimmed = line.replace(/^ +/, '');
    const width = line.length - trimmed.length;
    // The last line holds the closing quote.
    const hasText = trimmed !== '' || at === lines.length - 1;
    if (at > 0 && hasText && width <= parent) giveUp();
    if (at === 0) return lines.length === 1 ? line : line.replace(/ +$/, '');
    return at === lines.length - 1 ? trimmed : trimmed.replace(/ +$/, '');
  });
}
