import { YamlError } from './yaml-error.ts';

/** A reading position in one YAML document; line breaks are `\n` only. */
export class Cursor {
  readonly text: string;
  at = 0;
  #lineStart = 0;
  #line: number;

  /** `line` is the number of the first line, counted from 1. */
  constructor(text: string, line: number) {
    this.text = text;
    this.#line = line;
  }

  get column(): number {
    return this.at - this.#lineStart;
  }

  get line(): number {
    return this.#line;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  peek(ahead = 0): string {
    return this.text.charAt(this.at + ahead);
  }

  /** True when the character is a blank, a line break or the end. */
  isBlank(ahead = 0): boolean {
    const char = this.peek(ahead);
    return char === '' || char === ' ' || char === '\t' || char === '\n';
  }

  /** True at an indicator (`-`, `?` or `:`) that blank space follows. */
  isAtIndicator(indicator: string): boolean {
    return this.peek() === indicator && this.isBlank(1);
  }

  /** True at `---` or `...` at the beginning of a line. */
  isAtMarker(): boolean {
    if (this.column !== 0) return false;
    const marker = this.text.slice(this.at, this.at + 3);
    return (marker === '---' || marker === '...') && this.isBlank(3);
  }

  /** True when only blanks stand before the position on its line. */
  isFirstOnLine(): boolean {
    return this.text.slice(this.#lineStart, this.at).trimStart() === '';
  }

  /** Moves on; passes line breaks only one at a time. */
  skip(count = 1): void {
    if (this.peek() === '\n') {
      this.#line++;
      this.#lineStart = this.at + 1;
    }
    this.at += count;
  }

  skipSpaces(): void {
    while (this.peek() === ' ' || this.peek() === '\t') this.skip();
  }

  /** Skips blanks, comments and line breaks. Returns whether a line break was among them. */
  skipBlank(): boolean {
    let isOnNewLine = false;
    let isLineStart = this.column === 0;
    for (;;) {
      const hasTab = this.#skipSpacesForTab();
      if (this.peek() === '#') while (!this.isAtEnd && this.peek() !== '\n') this.at++;
      if (this.peek() !== '\n') {
        if (hasTab && isLineStart && !this.isAtEnd && !'[]{},'.includes(this.peek())) {
          this.fail('A tab cannot indent a line; use spaces.');
        }
        return isOnNewLine;
      }
      this.skip();
      isOnNewLine = true;
      isLineStart = true;
    }
  }

  #skipSpacesForTab(): boolean {
    const start = this.at;
    this.skipSpaces();
    return this.text.slice(start, this.at).includes('\t');
  }

  fail(message: string): never {
    throw new YamlError(message, this.#line);
  }
}
