import { readBlock } from './fast-block.ts';
import { giveUp } from './fast-cursor.ts';
import { foldLines, readPlainLines, readQuotedLines } from './fast-folding.ts';
import { resolveScalar } from './scalar.ts';
import type { Place, ScalarNode, ScalarOrigin } from './tree.ts';

type Slot = Pick<ScalarOrigin, 'slot' | 'isFlow' | 'indent'>;

const SPACE = 0x20;
const NEWLINE = 0x0a;
const HASH = 0x23;
const COLON = 0x3a;
const DOUBLE = 0x22;
const SINGLE = 0x27;

/** The library refuses longer keys, since they could begin anywhere. */
const MAX_KEY = 1000;

/** Escapes that do not stand for the character itself. */
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** What a plain scalar may begin with here; everything else needs the full parser, or quotes. */
const PLAIN_START = /[^\s\-?:,[\]{}#&*!|>'"%@`]/;

/** Scalars and blocks. Gives up at what cannot be read here. */
export class FastScalars {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The offset after the key of a map entry that begins at `start`, if one does. */
  keyEnd(start: number): number | undefined {
    const first = this.#text.charCodeAt(start);
    if (first === DOUBLE || first === SINGLE) {
      const end = this.#quotedEnd(start, first);
      if (this.#text.slice(start, end).includes('\n')) return undefined;
      let at = end;
      while (this.#text.charCodeAt(at) === SPACE) at += 1;
      return this.#isColon(at) ? end : undefined;
    }
    if (!this.#isPlainStart(start)) return undefined;
    for (let at = start; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === NEWLINE || Number.isNaN(code)) return undefined;
      if (code === HASH && this.#text.charCodeAt(at - 1) === SPACE) return undefined;
      if (code === COLON && this.#isColon(at)) {
        if (at - start > MAX_KEY) giveUp();
        return this.#trimEnd(start, at);
      }
    }
  }

  key(start: number, end: number, slot: Slot, place: Place): ScalarNode {
    const first = this.#text.charCodeAt(start);
    if (first === DOUBLE || first === SINGLE) return this.#quoted(start, first, slot, place);
    const node = this.#plain(start, end, slot, place);
    return node.text === '<<' ? giveUp() : node;
  }

  /** A value up to the end of the line or to a comment, and further lines right of `parent` that belong to it. */
  line(start: number, parent: number, slot: Slot, place: Place): ScalarNode {
    const first = this.#text.charCodeAt(start);
    if (first === DOUBLE || first === SINGLE) return this.#quoted(start, first, slot, place, parent);
    if (!this.#isPlainStart(start)) giveUp();
    let at = start;
    for (; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === NEWLINE || Number.isNaN(code)) break;
      if (code === HASH && this.#text.charCodeAt(at - 1) === SPACE) break;
      if (code === COLON && this.#isColon(at)) giveUp();
    }
    const end = this.#trimEnd(start, at);
    if (this.#text.charCodeAt(at) !== NEWLINE) return this.#plain(start, end, slot, place);
    const { lines, end: last } = readPlainLines(this.#text, this.#text.slice(start, end), at, parent);
    return lines.length === 1
      ? this.#plain(start, end, slot, place)
      : this.#plain(start, last, slot, place, foldLines(lines));
  }

  /** A scalar inside of brackets. */
  flow(start: number, slot: Slot, place: Place): ScalarNode {
    const first = this.#text.charCodeAt(start);
    if (first === DOUBLE || first === SINGLE) return this.#quoted(start, first, slot, place);
    if (!this.#isPlainStart(start)) giveUp();
    let at = start;
    for (; ; at += 1) {
      const char = this.#text.charAt(at);
      // What follows must be a comma or a bracket, or the caller gives up.
      if (char === '' || '\n,[]{}'.includes(char)) break;
      if (char === '#' && this.#text.charCodeAt(at - 1) === SPACE) break;
      if (char !== ':') continue;
      const next = this.#text.charAt(at + 1);
      if (slot.slot === 'key' && next === ' ') break;
      if (next === '' || ' \n,[]{}'.includes(next)) giveUp();
    }
    return this.#plain(start, this.#trimEnd(start, at), slot, place);
  }

  /** Nothing, where a value could have been. */
  empty(offset: number, slot: Slot, place: Place): ScalarNode {
    return this.#make('', resolveScalar('', true, undefined), '', offset, slot, place);
  }

  /** A block that begins with `|` or `>`, and the offset after it. `parent` is the column of what is around it. */
  block(
    start: number,
    parent: number,
    slot: Slot,
    place: Place,
  ): { readonly node: ScalarNode; readonly end: number } {
    const { text, sourceEnd, end } = readBlock(this.#text, start, parent);
    const source = this.#text.slice(start, sourceEnd);
    return { node: this.#make(text, { type: 'string' }, source, start, slot, place), end };
  }

  #isColon(at: number): boolean {
    if (this.#text.charCodeAt(at) !== COLON) return false;
    const next = this.#text.charCodeAt(at + 1);
    return next === SPACE || next === NEWLINE || Number.isNaN(next);
  }

  #isPlainStart(at: number): boolean {
    const char = this.#text.charAt(at);
    if (char === '-') return !/[\s]/.test(this.#text.charAt(at + 1)) && this.#text.charAt(at + 1) !== '';
    return PLAIN_START.test(char);
  }

  #trimEnd(start: number, end: number): number {
    let at = end;
    while (at > start && this.#text.charCodeAt(at - 1) === SPACE) at -= 1;
    return at;
  }

  #plain(start: number, end: number, slot: Slot, place: Place, folded?: string): ScalarNode {
    const source = this.#text.slice(start, end);
    if (source === '' || source.includes('\t')) giveUp();
    const text = folded ?? source;
    return this.#make(text, resolveScalar(text, true, undefined), source, start, slot, place);
  }

  #quotedEnd(start: number, quote: number): number {
    for (let at = start + 1; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (Number.isNaN(code)) giveUp();
      if (quote === DOUBLE && code === 0x5c) at += 1;
      else if (code === quote) {
        if (quote === DOUBLE || this.#text.charCodeAt(at + 1) !== SINGLE) return at + 1;
        at += 1;
      }
    }
  }

  /** Without `parent` everything must stand on one line. */
  #quoted(start: number, quote: number, slot: Slot, place: Place, parent?: number): ScalarNode {
    const end = this.#quotedEnd(start, quote);
    const written = this.#text.slice(start + 1, end - 1);
    const isLong = written.includes('\n');
    if (written.includes('\t') || (isLong && parent === undefined)) giveUp();
    const inner = isLong ? foldLines(readQuotedLines(written, parent ?? 0)) : written;
    const text = quote === SINGLE ? inner.replaceAll("''", "'") : this.#unescape(inner);
    return this.#make(text, { type: 'string' }, this.#text.slice(start, end), start, slot, place);
  }

  /** The escapes that JSON has too; YAML's own are left to the full parser. */
  #unescape(inner: string): string {
    if (!inner.includes('\\')) return inner;
    if (/\\(?!["\\/nrtbf]|u[0-9a-fA-F]{4})/.test(inner.replaceAll('\\\\', ''))) giveUp();
    return inner.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_all, code?: string, char = '') =>
      code === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
    );
  }

  #make(
    text: string,
    value: ScalarNode['value'],
    source: string,
    offset: number,
    { slot, isFlow, indent }: Slot,
    { line, column }: Place,
  ): ScalarNode {
    const origin = { source, offset, tag: undefined, slot, isFlow, indent };
    return { kind: 'scalar', text, value, origin, hasAnchor: false, line, column };
  }
}
