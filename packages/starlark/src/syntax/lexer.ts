import { isLetter } from '../text/unicode.ts';
import { runeAt } from '../text/utf8.ts';
import { scanNumber } from './scan-number.ts';
import { scanString } from './scan-string.ts';
import type { SourceFile } from './source-file.ts';
import { KEYWORDS, RESERVED, type Token } from './token.ts';

const NAME = /[A-Za-z_0-9]*/y;
const STRING_START = /(?:r|b|rb)?["']/y;
// Longer operators first.
const OPERATOR = /\/\/=|<<=|>>=|\*\*|\/\/|<<|>>|[=<>!+\-*/%&|^]=|[=<>+\-*/%&|^~:;,.]/y;
const TAB_WIDTH = 8;

/** Turns the text into tokens on demand, with `indent` and `outdent` around blocks. */
export class Lexer {
  readonly #file: SourceFile;
  readonly #text: string;
  #at = 0;
  /** Open brackets; inside of them line ends mean nothing. */
  #brackets = 0;
  #indents: number[] = [0];
  /** Indents (positive) or outdents (negative) that are still to be handed out. */
  #pending = 0;
  #isLineStart = true;

  constructor(file: SourceFile) {
    this.#file = file;
    this.#text = file.bytes;
  }

  next(): Token {
    for (;;) {
      const token = this.#scan();
      if (token !== undefined) return token;
    }
  }

  /** The next token, or nothing where only a line end was skipped. */
  #scan(): Token | undefined {
    const wasLineStart = this.#isLineStart;
    const isBlank = this.#isLineStart && this.#startLine();
    if (this.#pending !== 0) return this.#takeDent();
    this.#skipSpace();
    const start = this.#at;
    const character = this.#text[start];
    if (character === undefined) return this.#endOfFile(wasLineStart);
    if (character === '\n' || character === '\r') {
      this.#skipLineEnd();
      this.#isLineStart = true;
      return isBlank || this.#brackets > 0 ? undefined : { kind: 'newline', start, end: this.#at };
    }
    if (character !== '\\') return this.#scanToken(character);
    this.#at += 1;
    if (this.#skipLineEnd()) return undefined;
    throw this.#error('a backslash outside of strings must be the last character of its line');
  }

  /** Reads the indentation; returns whether the line has nothing else than a comment. */
  #startLine(): boolean {
    this.#isLineStart = false;
    let column = 0;
    for (; this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t'; this.#at += 1) {
      column = this.#text[this.#at] === ' ' ? column + 1 : column + TAB_WIDTH - (column % TAB_WIDTH);
    }
    const next = this.#text[this.#at];
    if (next === undefined || next === '#' || next === '\n' || next === '\r') return true;
    if (this.#brackets === 0) this.#indentTo(column);
    return false;
  }

  #indentTo(column: number): void {
    const current = this.#indents.at(-1) ?? 0;
    if (column > current) {
      this.#indents.push(column);
      this.#pending += 1;
      return;
    }
    while (column < (this.#indents.at(-1) ?? 0)) {
      this.#indents.pop();
      this.#pending -= 1;
    }
    if (column !== this.#indents.at(-1)) {
      throw this.#error('the line is indented less than its block, but like no block around it');
    }
  }

  #takeDent(): Token {
    const kind = this.#pending > 0 ? 'indent' : 'outdent';
    this.#pending -= Math.sign(this.#pending);
    return { kind, start: this.#at, end: this.#at };
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at += 1;
    if (this.#text[this.#at] !== '#') return;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '\n' && this.#text[this.#at] !== '\r')
      this.#at += 1;
  }

  #skipLineEnd(): boolean {
    const character = this.#text[this.#at];
    if (character !== '\n' && character !== '\r') return false;
    this.#at += character === '\r' && this.#text[this.#at + 1] === '\n' ? 2 : 1;
    return true;
  }

  /** Open blocks end with a newline, where there was none, and one outdent each. */
  #endOfFile(wasLineStart: boolean): Token {
    if (this.#indents.length > 1) {
      if (!wasLineStart) {
        this.#isLineStart = true;
        return { kind: 'newline', start: this.#at, end: this.#at };
      }
      this.#pending = 1 - this.#indents.length;
      this.#indents = [0];
      return this.#takeDent();
    }
    return { kind: 'end of file', start: this.#at, end: this.#at };
  }

  #scanToken(character: string): Token {
    const start = this.#at;
    STRING_START.lastIndex = start;
    if (STRING_START.test(this.#text)) {
      const string = scanString(this.#file, start);
      return this.#take(string.isBytes ? 'bytes' : 'string', string.end, string.value);
    }
    if (/[0-9]/.test(character) || (character === '.' && /[0-9]/.test(this.#text[start + 1] ?? ''))) {
      const number = scanNumber(this.#file, start);
      return this.#take(typeof number.value === 'object' ? 'float' : 'int', number.end, number.value);
    }
    if (this.#isNameStart(start)) return this.#scanName();
    return this.#scanPunctuation(character);
  }

  #scanName(): Token {
    let end = this.#at;
    do {
      NAME.lastIndex = end;
      end += NAME.exec(this.#text)?.[0].length ?? 0;
      if (end < this.#text.length && this.#isNameStart(end)) end += runeAt(this.#text, end).size;
      else break;
    } while (end < this.#text.length);
    const name = this.#text.slice(this.#at, end);
    if (RESERVED.has(name)) throw this.#error(`"${name}" is a reserved word of Python and cannot be used`);
    return KEYWORDS.has(name) ? this.#take(name, end) : this.#take('name', end, name);
  }

  #isNameStart(at: number): boolean {
    const byte = this.#text.charCodeAt(at);
    if (byte < 0x80) return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f;
    return isLetter(runeAt(this.#text, at).code);
  }

  #scanPunctuation(character: string): Token {
    if ('([{'.includes(character)) {
      this.#brackets += 1;
      return this.#take(character, this.#at + 1);
    }
    if (')]}'.includes(character)) {
      if (this.#brackets === 0) throw this.#error(`the closing "${character}" has no opening bracket`);
      this.#brackets -= 1;
      return this.#take(character, this.#at + 1);
    }
    OPERATOR.lastIndex = this.#at;
    const operator = OPERATOR.exec(this.#text)?.[0];
    if (operator !== undefined) return this.#take(operator, this.#at + operator.length);
    const { code } = runeAt(this.#text, this.#at);
    throw this.#error(
      `the character ${code >= 0x20 ? `"${String.fromCodePoint(code)}"` : `U+${code.toString(16).padStart(4, '0')}`} has no meaning here`,
    );
  }

  #take(kind: string, end: number, value?: Token['value']): Token {
    const token: Token = { kind, start: this.#at, end, ...(value === undefined ? {} : { value }) };
    this.#at = end;
    return token;
  }

  #error(message: string): Error {
    return this.#file.error('syntax', this.#at, message);
  }
}
