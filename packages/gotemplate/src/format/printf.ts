import type { Budget } from '../limits.ts';
import { runeAt } from '../text/bytes.ts';
import { typeName, type Value } from '../value.ts';
import { type Flags, noFlags } from './flags.ts';
import { Printer } from './printer.ts';

/** Widths and precisions beyond this are refused, as in Go. */
const MAX_NUMBER = 1_000_000;

/** Go's `fmt.Sprintf` on bytes. Mistakes in the format show up in the text, for example `%!d(string=x)`. */
export function printf(budget: Budget, format: string, values: readonly Value[]): string {
  return new Format(budget, format, values).run();
}

class Format {
  readonly #budget: Budget;
  readonly #format: string;
  readonly #values: readonly Value[];
  readonly #parts: string[] = [];
  #at = 0;
  #argument = 0;
  #isReordered = false;
  #isGoodIndex = true;

  constructor(budget: Budget, format: string, values: readonly Value[]) {
    this.#budget = budget;
    this.#format = format;
    this.#values = values;
  }

  run(): string {
    this.#budget.allocate(this.#format.length);
    while (this.#at < this.#format.length) {
      const percent = this.#format.indexOf('%', this.#at);
      const end = percent < 0 ? this.#format.length : percent;
      this.#parts.push(this.#format.slice(this.#at, end));
      this.#at = end + 1;
      if (percent >= 0) this.#runDirective();
    }
    if (!this.#isReordered && this.#argument < this.#values.length) this.#reportExtra();
    return this.#parts.join('');
  }

  #runDirective(): void {
    this.#budget.step();
    const flags = this.#readFlags();
    this.#isGoodIndex = true;
    let isAfterIndex = this.#readIndex();
    isAfterIndex = this.#readWidth(flags, isAfterIndex);
    isAfterIndex = this.#readPrecision(flags, isAfterIndex);
    if (!isAfterIndex) this.#readIndex();
    if (this.#at >= this.#format.length) {
      this.#parts.push('%!(NOVERB)');
      return;
    }
    const { width } = runeAt(this.#format, this.#at);
    const verb = this.#format.slice(this.#at, this.#at + width);
    this.#at += width;
    this.#parts.push(this.#runVerb(flags, verb));
  }

  #runVerb(flags: Flags, verb: string): string {
    if (verb === '%') return '%';
    if (!this.#isGoodIndex) return `%!${verb}(BADINDEX)`;
    if (this.#argument >= this.#values.length) return `%!${verb}(MISSING)`;
    if (verb === 'v' || verb === 'w') {
      flags.sharpV = flags.sharp;
      flags.plusV = flags.plus;
      flags.sharp = false;
      flags.plus = false;
    }
    const value = this.#values[this.#argument];
    this.#argument += 1;
    return new Printer(this.#budget, flags, verb).print(value);
  }

  #readFlags(): Flags {
    const flags = noFlags();
    for (; ; this.#at += 1) {
      switch (this.#format.charAt(this.#at)) {
        case '#':
          flags.sharp = true;
          break;
        case '0':
          flags.zero = true;
          break;
        case '+':
          flags.plus = true;
          break;
        case '-':
          flags.minus = true;
          break;
        case ' ':
          flags.space = true;
          break;
        default:
          return flags;
      }
    }
  }

  #readWidth(flags: Flags, isAfterIndex: boolean): boolean {
    if (this.#format.charAt(this.#at) !== '*') {
      flags.width = this.#readNumber();
      if (isAfterIndex && flags.width !== undefined) this.#isGoodIndex = false;
      return isAfterIndex;
    }
    this.#at += 1;
    const width = this.#takeNumber();
    if (width === undefined) this.#parts.push('%!(BADWIDTH)');
    else if (width < 0) {
      flags.minus = true;
      flags.zero = false;
    }
    flags.width = width === undefined ? undefined : Math.abs(width);
    return false;
  }

  #readPrecision(flags: Flags, wasAfterIndex: boolean): boolean {
    // A point at the very end is the verb.
    if (this.#format.charAt(this.#at) !== '.' || this.#at + 1 >= this.#format.length) return wasAfterIndex;
    this.#at += 1;
    if (wasAfterIndex) this.#isGoodIndex = false;
    const isAfterIndex = this.#readIndex();
    if (this.#format.charAt(this.#at) !== '*') {
      flags.precision = this.#readNumber() ?? 0;
      return isAfterIndex;
    }
    this.#at += 1;
    const precision = this.#takeNumber();
    flags.precision = precision === undefined || precision < 0 ? undefined : precision;
    if (flags.precision === undefined) this.#parts.push('%!(BADPREC)');
    return false;
  }

  #readNumber(): number | undefined {
    const digits = /[0-9]*/y;
    digits.lastIndex = this.#at;
    const text = digits.exec(this.#format)?.[0] ?? '';
    if (text === '') return undefined;
    const number = Number(text);
    if (number > MAX_NUMBER) {
      // Go gives up at the first digit that is too much and takes the whole number as the end of the format.
      this.#at = this.#format.length;
      return undefined;
    }
    this.#at += text.length;
    return number;
  }

  /** `*`: the next value is the number. */
  #takeNumber(): number | undefined {
    const value = this.#values[this.#argument];
    if (this.#argument < this.#values.length) this.#argument += 1;
    const number = typeof value === 'object' && value?.kind === 'sized' ? value.value : value;
    if (typeof number !== 'bigint') return undefined;
    return number > MAX_NUMBER || number < -MAX_NUMBER ? undefined : Number(number);
  }

  /** `[n]`: the value to print next. */
  #readIndex(): boolean {
    if (this.#format.charAt(this.#at) !== '[') return false;
    this.#isReordered = true;
    const close = this.#format.indexOf(']', this.#at + 1);
    const isPresent = close >= 0 && this.#format.length - this.#at >= 3;
    const text = isPresent ? this.#format.slice(this.#at + 1, close) : '';
    this.#at = isPresent ? close + 1 : this.#at + 1;
    const index = /^[0-9]+$/.test(text) && Number(text) <= MAX_NUMBER ? Number(text) - 1 : undefined;
    if (index !== undefined && index >= 0 && index < this.#values.length) {
      this.#argument = index;
      return true;
    }
    this.#isGoodIndex = false;
    return index !== undefined;
  }

  #reportExtra(): void {
    const printer = new Printer(this.#budget, noFlags(), 'v');
    const extra = this.#values
      .slice(this.#argument)
      .map((value) =>
        value === undefined || value === null ? '<nil>' : `${typeName(value)}=${printer.print(value)}`,
      );
    this.#parts.push(`%!(EXTRA ${extra.join(', ')})`);
  }
}
