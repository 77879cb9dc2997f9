import { errorAt, type Source } from './source.ts';
import { lexQuoted, lexTextBlock, lexVerbatim } from './strings.ts';

export const KEYWORDS: ReadonlySet<string> = new Set([
  ...['assert', 'else', 'error', 'false', 'for', 'function', 'if', 'import', 'importstr', 'importbin'],
  ...['in', 'local', 'null', 'self', 'super', 'tailstrict', 'then', 'true'],
]);

/**
 * `text` is the identifier, keyword, operator or punctuation as written; the contents of a string without quotes
 * and escapes; the digits of a number.
 */
export interface Token {
  readonly kind: 'identifier' | 'keyword' | 'operator' | 'punctuation' | 'string' | 'number' | 'end';
  readonly text: string;
  readonly offset: number;
}

const PUNCTUATION = '{}[](),;.';
const SYMBOLS = '!$:~+-&|^=<>*/%';
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/** Splits a text into tokens (the language's lexical rules); the last one is always `end`. */
export function tokenize(source: Source): Token[] {
  const tokens: Token[] = [];
  let offset = skipBlank(source, 0);
  while (offset < source.text.length) {
    const [token, end] = nextToken(source, offset);
    tokens.push(token);
    offset = skipBlank(source, end);
  }
  tokens.push({ kind: 'end', text: 'end of file', offset: source.text.length });
  return tokens;
}

function nextToken(source: Source, offset: number): [Token, number] {
  const { text } = source;
  const char = text.charAt(offset);
  if (PUNCTUATION.includes(char)) return [{ kind: 'punctuation', text: char, offset }, offset + 1];
  if (char === '"' || char === "'") return stringToken(offset, lexQuoted(source, offset));
  if (char === '@') return stringToken(offset, lexVerbatim(source, offset));
  if (text.startsWith('|||', offset)) return stringToken(offset, lexTextBlock(source, offset));
  if (char >= '0' && char <= '9') return numberToken(source, offset);
  IDENTIFIER.lastIndex = offset;
  const word = IDENTIFIER.exec(text)?.[0];
  if (word !== undefined) {
    const kind = KEYWORDS.has(word) ? 'keyword' : 'identifier';
    return [{ kind, text: word, offset }, offset + word.length];
  }
  if (SYMBOLS.includes(char)) return operatorToken(text, offset);
  const shown = JSON.stringify(String.fromCodePoint(text.codePointAt(offset) ?? 0));
  throw errorAt('syntax', `The character ${shown} has no meaning here.`, { source, offset });
}

function stringToken(offset: number, [text, end]: readonly [string, number]): [Token, number] {
  return [{ kind: 'string', text, offset }, end];
}

function numberToken(source: Source, offset: number): [Token, number] {
  NUMBER.lastIndex = offset;
  const text = NUMBER.exec(source.text)?.[0] ?? '';
  const next = source.text.charAt(offset + text.length);
  if (next === '.' || /[eE]/.test(next)) {
    throw errorAt('syntax', `The number ${text}${next} lacks digits after "${next}".`, { source, offset });
  }
  return [{ kind: 'number', text, offset }, offset + text.length];
}

/** Longer than any operator; a longer row of symbols need not be looked at as a whole again and again. */
const LONGEST_OPERATOR = 16;

/** Operators take as many symbols as possible, but end before a comment and before a trailing sign. */
function operatorToken(text: string, offset: number): [Token, number] {
  let end = offset;
  const last = Math.min(text.length, offset + LONGEST_OPERATOR);
  while (end < last && SYMBOLS.includes(text.charAt(end))) {
    if (text.startsWith('//', end) || text.startsWith('/*', end) || text.startsWith('|||', end)) break;
    end++;
  }
  while (end > offset + 1 && '+-~!$'.includes(text.charAt(end - 1))) end--;
  return [{ kind: 'operator', text: text.slice(offset, end), offset }, end];
}

function skipBlank(source: Source, start: number): number {
  const { text } = source;
  let offset = start;
  for (;;) {
    while (' \t\r\n'.includes(text.charAt(offset) || 'x')) offset++;
    if (text.charAt(offset) === '#' || text.startsWith('//', offset)) {
      const end = text.indexOf('\n', offset);
      offset = end === -1 ? text.length : end;
    } else if (text.startsWith('/*', offset)) {
      const end = text.indexOf('*/', offset + 2);
      if (end === -1)
        throw errorAt('syntax', 'The comment has no end; close it with */.', { source, offset });
      offset = end + 2;
    } else {
      return offset;
    }
  }
}
