/** Thrown to leave the document to the full parser. Not an error, so that no stack is collected for it. */
export class NotPlain {}

export function giveUp(): never {
  throw new NotPlain();
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const HASH = 0x23;

/** A place in the text of a document that only moves forward and knows its line and column. */
export class FastCursor {
  readonly text: string;
  at = 0;
  /** 1-based line of the file. */
  line: number;
  /** Offset at which the line begins. */
  #lineStart = 0;

  constructor(text: string, firstLine: number) {
    this.text = text;
    this.line = firstLine;
  }

  /** 0-based. */
  get column(): number {
    return this.at - this.#lineStart;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The character at the place, or `offset` after it; not a number at the end. */
  code(offset = 0): number {
    return this.text.charCodeAt(this.at + offset);
  }

  /** The place for findings. */
  place(): { readonly line: number; readonly column: number } {
    return { line: this.line, column: this.column + 1 };
  }

  /** Goes to the next character that is no space, comment or line break; false at the end. */
  skipToContent(): boolean {
    for (;;) {
      const code = this.code();
      if (code === SPACE) this.at += 1;
      else if (code === NEWLINE) {
        this.at += 1;
        this.line += 1;
        this.#lineStart = this.at;
      } else if (code === HASH && this.#isCommentStart()) this.#skipLine();
      else return !this.isAtEnd;
    }
  }

  /** Goes over spaces; true when nothing but a comment follows on the line. */
  isLineDone(): boolean {
    while (this.code() === SPACE) this.at += 1;
    const code = this.code();
    if (code === NEWLINE || this.isAtEnd) return true;
    return code === HASH && this.#isCommentStart();
  }

  /** Goes to a later offset, over any lines between. */
  goTo(end: number): void {
    for (let next = this.text.indexOf('\n', this.at); next >= 0 && next < end; ) {
      this.line += 1;
      this.#lineStart = next + 1;
      next = this.text.indexOf('\n', next + 1);
    }
    this.at = end;
  }

  #isCommentStart(): boolean {
    return this.at === this.#lineStart || this.code(-1) === SPACE || giveUp();
  }

  #skipLine(): void {
    const end = this.text.indexOf('\n', this.at);
    this.at = end < 0 ? this.text.length : end;
  }
}
