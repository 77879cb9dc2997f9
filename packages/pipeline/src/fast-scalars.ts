import { giveUp } from './fast-cursor.ts';
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

/** What a plain scalar may begin with here; everything else needs the full parser, or quotes. */
const PLAIN_START = /[^\s\-?:,[\]{}#&*!|>'"%@`]/;

/** Scalars of one line and literal blocks. Gives up at what cannot be read here. */
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

  /** A value up to the end of the line or to a comment. */
  line(start: number, slot: Slot, place: Place): ScalarNode {
    const first = this.#text.charCodeAt(start);
    if (first === DOUBLE || first === SINGLE) return this.#quoted(start, first, slot, place);
    if (!this.#isPlainStart(start)) giveUp();
    let at = start;
    for (; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === NEWLINE || Number.isNaN(code)) break;
      if (code === HASH && this.#text.charCodeAt(at - 1) === SPACE) break;
      if (code === COLON && this.#isColon(at)) giveUp();
    }
    return this.#plain(start, this.#trimEnd(start, at), slot, place);
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

  /** A block that begins with `|`, and the offset after it. `parent` is the column of the collection around it. */
  literal(
    start: number,
    parent: number,
    slot: Slot,
    place: Place,
  ): { readonly node: ScalarNode; readonly end: number } {
    const text = this.#text;
    const head = /\|([-+]?) *(?: #[^\n]*)?\n/y;
    head.lastIndex = start;
    const match = head.exec(text) ?? giveUp();
    const body = start + match[0].length;
    const { lines, end, width, filled } = this.#blockLines(body);
    if (width <= Math.max(parent, 0) && lines.some((line) => line !== '')) giveUp();
    if (width <= parent || lines.every((line) => line === '')) giveUp();
    let count = lines.length;
    while (count > 0 && lines[count - 1] === '') count -= 1;
    const kept = lines.slice(0, count).join('\n');
    const value = match[1] === '-' ? kept : match[1] === '+' ? `${lines.join('\n')}\n` : `${kept}\n`;
    const source = text.slice(start, match[1] === '+' ? end : filled);
    return { node: this.#make(value, { type: 'string' }, source, start, slot, place), end };
  }

  /** Lines from `from` on that are indented as the first one that has text, without this indentation. */
  #blockLines(from: number): {
    readonly lines: readonly string[];
    readonly end: number;
    readonly width: number;
    readonly filled: number;
  } {
    const lines: string[] = [];
    let width = 0;
    let filled = from;
    let at = from;
    while (at < this.#text.length) {
      const newline = this.#text.indexOf('\n', at);
      const lineEnd = newline < 0 ? giveUp() : newline;
      let content = at;
      while (this.#text.charCodeAt(content) === SPACE) content += 1;
      if (content < lineEnd) {
        if (width === 0) {
          width = content - at;
          if (width === 0) break;
          // A blank line above that is longer than the indentation is a mistake.
          if (lines.some((line) => line.length > width)) giveUp();
          lines.fill('');
        } else if (content - at < width) break;
      } else if (width === 0) {
        lines.push(this.#text.slice(at, lineEnd));
        at = lineEnd + 1;
        continue;
      }
      lines.push(this.#text.slice(Math.min(at + width, lineEnd), lineEnd));
      at = lineEnd + 1;
      if (content < lineEnd || lines.at(-1) !== '') filled = at;
    }
    return { lines, end: at, width, filled };
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

  #plain(start: number, end: number, slot: Slot, place: Place): ScalarNode {
    const source = this.#text.slice(start, end);
    if (source === '' || source.includes('\t')) giveUp();
    return this.#make(source, resolveScalar(source, true, undefined), source, start, slot, place);
  }

  #quotedEnd(start: number, quote: number): number {
    for (let at = start + 1; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === NEWLINE || Number.isNaN(code)) giveUp();
      if (quote === DOUBLE && code === 0x5c) at += 1;
      else if (code === quote) {
        if (quote === DOUBLE || this.#text.charCodeAt(at + 1) !== SINGLE) return at + 1;
        at += 1;
      }
    }
  }

  #quoted(start: number, quote: number, slot: Slot, place: Place): ScalarNode {
    const end = this.#quotedEnd(start, quote);
    const inner = this.#text.slice(start + 1, end - 1);
    if (inner.includes('\t')) giveUp();
    const text = quote === SINGLE ? inner.replaceAll("''", "'") : this.#unescape(inner);
    return this.#make(text, { type: 'string' }, this.#text.slice(start, end), start, slot, place);
  }

  /** The escapes that JSON has too; YAML's own are left to the full parser. */
  #unescape(inner: string): string {
    if (!inner.includes('\\')) return inner;
    if (/\\(?!["\\/nrtbf]|u[0-9a-fA-F]{4})/.test(inner.replaceAll('\\\\', ''))) giveUp();
    return JSON.parse(`"${inner}"`) as string;
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
