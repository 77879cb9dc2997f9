/** Reads a pattern code point by code point. */
export class RuneReader {
  readonly #codes: readonly number[];
  #at = 0;

  constructor(codes: readonly number[]) {
    this.#codes = codes;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#codes.length;
  }

  /** The next code point; -1 at the end. */
  peek(ahead = 0): number {
    return this.#codes[this.#at + ahead] ?? -1;
  }

  peekText(ahead: number): string {
    const code = this.peek(ahead);
    return code < 0 ? '' : String.fromCodePoint(code);
  }

  next(): number {
    const code = this.peek();
    this.#at += 1;
    return code;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** True when this ASCII text comes next. */
  isAt(text: string): boolean {
    for (let offset = 0; offset < text.length; offset += 1)
      if (this.peek(offset) !== text.charCodeAt(offset)) return false;
    return true;
  }

  accept(text: string): boolean {
    if (!this.isAt(text)) return false;
    this.#at += text.length;
    return true;
  }

  /** Takes what the expression (anchored with `^`, ASCII only) finds in the next characters. */
  acceptPattern(pattern: RegExp): RegExpExecArray | undefined {
    const ahead = this.#codes
      .slice(this.#at, this.#at + 64)
      .map((code) => String.fromCodePoint(code > 0x7f ? 0xfffd : code));
    const match = pattern.exec(ahead.join(''));
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }
}
