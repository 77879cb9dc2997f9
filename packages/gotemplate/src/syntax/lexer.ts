import { Failure } from '../failure.ts';
import { ActionScanner } from './action-scanner.ts';
import { closingAt, SPACES } from './delimiter.ts';
import type { Token } from './token.ts';

const COMMENT_START = '/*';
const COMMENT_END = '*/';

/**
 * Cuts a template (bytes) into tokens: text between the actions, and inside `{{ }}` words, literals and signs. A
 * marker `{{- ` or ` -}}` removes the white space beside the action; comments vanish. Throws `syntax` failures.
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    const end = open < 0 ? source.length : open;
    const trimsText = open >= 0 && isLeftTrim(source, open + 2);
    const text = trimsText ? trimEnd(source.slice(at, end)) : source.slice(at, end);
    if (text !== '') tokens.push({ type: 'text', text, offset: at });
    if (open < 0) break;
    const inside = open + (trimsText ? 4 : 2);
    at = source.startsWith(COMMENT_START, inside)
      ? skipComment(source, inside)
      : new ActionScanner(source, open, inside).scan(tokens);
  }
  tokens.push({ type: 'end', text: '', offset: source.length });
  return tokens;
}

function skipComment(source: string, start: number): number {
  const close = source.indexOf(COMMENT_END, start + COMMENT_START.length);
  if (close < 0) throw new Failure('syntax', 'The comment is never closed with "*/".', start);
  return afterClosing(source, close + COMMENT_END.length, start);
}

function afterClosing(source: string, at: number, start: number): number {
  const close = closingAt(source, at);
  if (close === undefined)
    throw new Failure('syntax', 'A comment must fill its action: write "}}" right after "*/".', start);
  return close.next;
}

function isLeftTrim(source: string, at: number): boolean {
  return source.charAt(at) === '-' && at + 1 < source.length && SPACES.includes(source.charAt(at + 1));
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && SPACES.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
