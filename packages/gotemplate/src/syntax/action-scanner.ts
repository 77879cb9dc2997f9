import { Failure } from '../failure.ts';
import { runeAt } from '../text/bytes.ts';
import { isDigit, isLetter } from '../text/unicode.ts';
import { closingAt } from './delimiter.ts';
import { KEYWORDS, type Token, type TokenType } from './token.ts';

/** Scans one action, from after `{{` to after `}}`. */
export class ActionScanner {
  readonly #source: string;
  readonly #open: number;
  #at: number;
  #start: number;
  #parentheses = 0;

  constructor(source: string, open: number, inside: number) {
    this.#source = source;
    this.#open = open;
    this.#at = inside;
    this.#start = inside;
  }

  /** Appends the tokens of the action and returns the offset at which the text goes on. */
  scan(tokens: Token[]): number {
    tokens.push({ type: 'left', text: '{{', offset: this.#open });
    for (;;) {
      this.#start = this.#at;
      const closing = closingAt(this.#source, this.#at);
      if (closing !== undefined) {
        if (this.#parentheses > 0) throw this.#failure('A "(" is never closed.');
        tokens.push({ type: 'right', text: '}}', offset: this.#at });
        return closing.next;
      }
      const type = this.#scanToken();
      tokens.push({ type, text: this.#source.slice(this.#start, this.#at), offset: this.#start });
    }
  }

  #scanToken(): TokenType {
    const char = this.#source.charAt(this.#at);
    if (char === '') throw new Failure('syntax', 'The action is never closed with "}}".', this.#open);
    if (isSpaceChar(char)) return this.#scanSpace();
    if (isNumberStart(char, this.#source.charAt(this.#at + 1))) return this.#scanNumber();
    if (this.#isWordRune()) return this.#scanWord();
    this.#at += 1;
    switch (char) {
      case '=':
        return 'assign';
      case ':':
        if (this.#source.charAt(this.#at) !== '=') throw this.#failure('A ":" must be followed by "=".');
        this.#at += 1;
        return 'declare';
      case '|':
        return 'pipe';
      case '"':
        return this.#scanQuoted('"', 'string');
      case "'":
        return this.#scanQuoted("'", 'char');
      case '`':
        return this.#scanRaw();
      case '$':
        return this.#scanName('variable');
      case '.':
        return this.#scanName('field');
      default:
        return this.#scanSign(char);
    }
  }

  #scanSign(char: string): TokenType {
    if (char === '(') {
      this.#parentheses += 1;
      return 'left-paren';
    }
    if (char === ')') {
      this.#parentheses -= 1;
      if (this.#parentheses < 0) throw this.#failure('A ")" has no "(" before it.');
      return 'right-paren';
    }
    if (char > ' ' && char < '\x7f') return 'other';
    throw this.#failure('The action holds a character that has no meaning there.');
  }

  #scanSpace(): TokenType {
    while (isSpaceChar(this.#source.charAt(this.#at))) {
      if (this.#at > this.#start && closingAt(this.#source, this.#at) !== undefined) break;
      this.#at += 1;
    }
    return 'space';
  }

  #scanName(type: 'variable' | 'field'): TokenType {
    this.#skipWord();
    this.#expectTerminator();
    return type === 'field' && this.#at === this.#start + 1 ? 'dot' : type;
  }

  #scanWord(): TokenType {
    this.#skipWord();
    this.#expectTerminator();
    const word = this.#source.slice(this.#start, this.#at);
    if (KEYWORDS.has(word)) return 'keyword';
    if (word === 'nil') return 'nil';
    return word === 'true' || word === 'false' ? 'bool' : 'identifier';
  }

  #skipWord(): void {
    while (this.#isWordRune()) this.#at += runeAt(this.#source, this.#at).width;
  }

  #isWordRune(): boolean {
    const { code, width } = runeAt(this.#source, this.#at);
    return width > 0 && (code === 0x5f || isLetter(code) || isDigit(code));
  }

  /** Words must be set off, so that a typing mistake does not become two operands. */
  #expectTerminator(): void {
    const char = this.#source.charAt(this.#at);
    if (char === '' || isSpaceChar(char) || '.,|:)('.includes(char)) return;
    if (this.#source.startsWith('}}', this.#at)) return;
    throw new Failure('syntax', 'A name is followed by a character that cannot be part of it.', this.#at);
  }

  #scanQuoted(quote: string, type: TokenType): TokenType {
    for (;;) {
      const char = this.#source.charAt(this.#at);
      this.#at += 1;
      if (char === quote) return type;
      const isBroken = char === '' || char === '\n';
      if (isBroken || (char === '\\' && '\n'.includes(this.#source.charAt(this.#at))))
        throw this.#failure('The quoted text is not closed on its line.');
      if (char === '\\') this.#at += runeAt(this.#source, this.#at).width;
    }
  }

  #scanRaw(): TokenType {
    const close = this.#source.indexOf('`', this.#at);
    if (close < 0) throw this.#failure('The text in backquotes is never closed.');
    this.#at = close + 1;
    return 'raw';
  }

  #scanNumber(): TokenType {
    this.#skipNumber();
    const sign = this.#source.charAt(this.#at);
    if (sign !== '+' && sign !== '-') return 'number';
    this.#skipNumber();
    if (this.#source.charAt(this.#at - 1) !== 'i') throw this.#failure('The number is malformed.');
    return 'complex';
  }

  #skipNumber(): void {
    const pattern =
      /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y;
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.#source)?.[0].length ?? 0;
    if (this.#isWordRune()) throw this.#failure('The number is malformed.');
  }

  #failure(message: string): Failure {
    return new Failure('syntax', message, this.#start);
  }
}

function isSpaceChar(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\n';
}

function isNumberStart(char: string, next: string): boolean {
  if (char >= '0' && char <= '9') return true;
  // At the very end of the text Go takes a dot as a number, which then fails; either way it is an error.
  return char === '+' || char === '-' || (char === '.' && next >= '0' && next <= '9');
}
