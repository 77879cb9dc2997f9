export type TokenType =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'identifier'
  | 'keyword'
  | 'field'
  | 'variable'
  | 'dot'
  | 'nil'
  | 'bool'
  | 'number'
  | 'complex'
  | 'char'
  | 'string'
  | 'raw'
  | 'pipe'
  | 'assign'
  | 'declare'
  | 'left-paren'
  | 'right-paren'
  | 'other'
  | 'end';

/** `text` is as written, without trimmed space; `offset` is a byte offset in the source. */
export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly offset: number;
}

/** Words that no function can have as name. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
]);
