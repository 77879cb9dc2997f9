import { StarlarkError, type StarlarkErrorKind } from '../errors.ts';
import { countRunes, encodeUtf8 } from '../text/utf8.ts';

/** A place in a file; both are 1-based, columns count code points. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const LINE_END = /\r\n|\r|\n/g;

/** The text of one file, in bytes. Offsets become lines and columns only when an error needs them. */
export class SourceFile {
  readonly name: string;
  readonly bytes: string;

  constructor(name: string, text: string) {
    this.name = name;
    this.bytes = encodeUtf8(text);
  }

  position(offset: number): Position {
    let line = 1;
    let lineStart = 0;
    for (const match of this.bytes.matchAll(LINE_END)) {
      const end = match.index + match[0].length;
      if (end > offset) break;
      line += 1;
      lineStart = end;
    }
    return { line, column: countRunes(this.bytes.slice(lineStart, offset)) + 1 };
  }

  /** An error found before the program runs. */
  error(kind: StarlarkErrorKind, offset: number, message: string): StarlarkError {
    return new StarlarkError(message, { kind, file: this.name, ...this.position(offset) });
  }
}
