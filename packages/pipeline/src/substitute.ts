import { removeMatch } from './pattern.ts';
import { shorten } from './short-text.ts';

/** Nothing that an expression makes may be longer; a short file could otherwise fill the memory. */
const MAX_RESULT_LENGTH = 1024 * 1024;
const MAX_NESTING = 20;
const NAME_CHAR = /[\p{L}\p{Nd}_]/u;

/** An expression that cannot be read. `offset` counts from the start of the template. */
export class SubstitutionError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'SubstitutionError';
    this.offset = offset;
  }
}

/** The value of a variable; the empty text when it is not set. */
export type Lookup = (name: string) => string;

/** True when `substitute` would change the text, so that most texts are left alone cheaply. */
export function hasExpression(text: string): boolean {
  return text.includes('$') ? /\$[{$]|\\[\\/]/.test(text) : /\\[\\/]/.test(text);
}

/**
 * Replaces the `${…}` expressions of a text (pipeline.md section 5). Outside of them `$$` becomes `$`, `\\`
 * becomes `\` and `\/` becomes `/`; a lone `$` stays. Throws `SubstitutionError` for what Drone refuses.
 */
export function substitute(template: string, lookup: Lookup): string {
  return new Template(template, lookup).expand();
}

/** Reads a template once from left to right, evaluating as it goes. */
class Template {
  readonly #text: string;
  readonly #lookup: Lookup;
  #at = 0;
  #depth = 0;

  constructor(text: string, lookup: Lookup) {
    this.#text = text;
    this.#lookup = lookup;
  }

  expand(): string {
    let result = '';
    while (this.#at < this.#text.length) {
      if (this.#take('$$')) result += '$';
      else if (this.#text.startsWith('${', this.#at)) result += this.#expression();
      else result += this.#char();
      if (result.length > 4 * MAX_RESULT_LENGTH)
        throw this.#error('The result of the substitution is too long');
    }
    return result;
  }

  #expression(): string {
    const start = this.#at;
    this.#at += 2;
    this.#depth += 1;
    if (this.#depth > MAX_NESTING) throw this.#error('The expression is nested too deep', start);
    const isLength = this.#take('#');
    const name = this.#name();
    if (name === '') throw this.#error('A name is missing after "${"', start);
    const value = this.#lookup(name);
    const result = isLength ? String(byteLength(value)) : this.#operate(value);
    if (!this.#take('}')) throw this.#badOperator(start, name);
    if (result.length > MAX_RESULT_LENGTH)
      throw this.#error('The result of the expression is too long', start);
    this.#depth -= 1;
    return result;
  }

  /** Applies the operator that follows the name, if any, and stops before the closing brace. */
  #operate(value: string): string {
    if (this.#take('^^')) return changeCase(value, 'toUpperCase');
    if (this.#take('^')) return changeFirst(value, 'toUpperCase');
    if (this.#take(',,')) return changeCase(value, 'toLowerCase');
    if (this.#take(',')) return changeFirst(value, 'toLowerCase');
    if (this.#take('##')) return removeMatch(value, this.#argument(), 'prefix', 'longest');
    if (this.#take('#')) return removeMatch(value, this.#argument(), 'prefix', 'shortest');
    if (this.#take('%%')) return removeMatch(value, this.#argument(), 'suffix', 'longest');
    if (this.#take('%')) return removeMatch(value, this.#argument(), 'suffix', 'shortest');
    if (this.#take('/')) return this.#replace(value);
    if (this.#take('=')) return orDefault(value, this.#fallback());
    if (!this.#take(':')) return value;
    // Drone knows no difference between these four.
    if (['-', '=', '+', '?'].some((sign) => this.#take(sign))) return orDefault(value, this.#fallback());
    const from = this.#argument(':');
    const length = this.#take(':') ? this.#argument() : undefined;
    return sliceBytes(value, from, length);
  }

  #replace(value: string): string {
    const start = this.#at;
    const kind = ['/', '#', '%'].find((sign) => this.#take(sign)) ?? '';
    const old = this.#argument('/', () => this.#escaped());
    if (!this.#take('/')) throw this.#error('The second "/" of the replacement is missing', start);
    const fresh = this.#text[this.#at] === '}' ? '' : this.#argument('}', () => this.#escaped());
    // Drone leaves both ends of a value alone when there is nothing to put in their place.
    if ((kind === '#' || kind === '%') && fresh === '') return value;
    if (kind === '#') return value.startsWith(old) ? fresh + value.slice(old.length) : value;
    if (kind === '%') return value.endsWith(old) ? value.slice(0, value.length - old.length) + fresh : value;
    if (kind === '') return value.replace(old, () => fresh);
    const parts = value.split(old);
    if (parts.length * fresh.length > MAX_RESULT_LENGTH)
      throw this.#error('The replacement is too long', start);
    return parts.join(fresh);
  }

  /** The text up to the closing brace as it is, with every expression inside it replaced. */
  #fallback(): string {
    let result = '';
    while (this.#text[this.#at] !== '}') {
      if (this.#at >= this.#text.length) throw this.#unclosed();
      if (this.#text.startsWith('${', this.#at)) result += this.#expression();
      else result += this.#raw();
    }
    return result;
  }

  /** A text up to the closing brace or `stop`, or one expression instead of it; never nothing, as in Drone. */
  #argument(stop = '}', next: () => string = () => this.#raw()): string {
    const start = this.#at;
    const isExpression = this.#text.startsWith('${', start);
    let result = isExpression ? this.#expression() : '';
    while (this.#text[this.#at] !== '}' && this.#text[this.#at] !== stop) {
      if (this.#at >= this.#text.length) throw this.#unclosed();
      if (isExpression || this.#text.startsWith('${', this.#at))
        throw this.#error('An expression must be the whole of this part', start);
      result += next();
    }
    if (this.#at === start) throw this.#error('Something is missing before the next character', start);
    return result;
  }

  #raw(): string {
    this.#at += 1;
    return this.#text[this.#at - 1] ?? '';
  }

  /** One character of a replacement, where two dollar signs stand for one. */
  #escaped(): string {
    return this.#take('$$') ? '$' : this.#char();
  }

  /** One character, or one of the two escapes that Drone's runners collapse. */
  #char(): string {
    if (this.#take('\\\\')) return '\\';
    if (this.#take('\\/')) return '/';
    const char = this.#text[this.#at] ?? '';
    this.#at += 1;
    return char;
  }

  #name(): string {
    const start = this.#at;
    for (;;) {
      const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
      if (!NAME_CHAR.test(char)) return this.#text.slice(start, this.#at);
      this.#at += char.length;
    }
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #badOperator(start: number, name: string): SubstitutionError {
    if (this.#at >= this.#text.length)
      return this.#error('The closing brace of an expression is missing', start);
    const seen = JSON.stringify(this.#text[this.#at]);
    return this.#error(`After "\${${shorten(name, 40)}" the character ${seen} has no meaning`, start);
  }

  #unclosed(): SubstitutionError {
    return this.#error('The closing brace of an expression is missing');
  }

  #error(message: string, offset = this.#at): SubstitutionError {
    return new SubstitutionError(message, offset);
  }
}

function orDefault(value: string, fallback: string): string {
  return value === '' ? fallback : value;
}

type CaseChange = 'toUpperCase' | 'toLowerCase';

function changeFirst(value: string, change: CaseChange): string {
  const first = String.fromCodePoint(value.codePointAt(0) ?? 0);
  return value === '' ? '' : changeCase(first, change) + value.slice(first.length);
}

/** Character by character: one that would become two, such as the German ß, stays what it is. */
function changeCase(value: string, change: CaseChange): string {
  return Array.from(value, (char) => {
    const changed = char[change]();
    return [...changed].length === 1 ? changed : char;
  }).join('');
}

function byteLength(value: string): number {
  return new TextEncoder().encode(value).length;
}

/** Bytes of a value as bash counts them: negative numbers count from the end; what is no number is ignored. */
function sliceBytes(value: string, fromText: string, lengthText: string | undefined): string {
  const from = parseOffset(fromText);
  if (from === undefined) return value;
  const bytes = new TextEncoder().encode(value);
  const start = from < 0 ? bytes.length + from : from;
  if (start < 0) return '';
  const length = lengthText === undefined ? undefined : parseOffset(lengthText);
  if (lengthText !== undefined && length === undefined) return value;
  let end = bytes.length;
  if (length !== undefined) end = length < 0 ? bytes.length + length : start + length;
  return end <= start ? '' : new TextDecoder().decode(bytes.subarray(start, end));
}

function parseOffset(text: string): number | undefined {
  return /^\s*[-+]?\d{1,18}\s*$/.test(text) ? Number(text) : undefined;
}
