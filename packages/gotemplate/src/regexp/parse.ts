import { failed } from '../failure.ts';
import type { Budget } from '../limits.ts';
import { runes } from '../text/bytes.ts';
import { perlClass, rangeMatcher } from './classes.ts';
import type { Assertion, Matcher, Pattern, PatternNode } from './node.ts';
import { parseClass } from './parse-class.ts';
import { parseEscape, parseUnicodeClass } from './parse-escape.ts';
import { RuneReader } from './rune-reader.ts';

interface Modes {
  readonly ignoresCase: boolean;
  readonly isMultiLine: boolean;
  readonly dotTakesNewline: boolean;
  readonly isUngreedy: boolean;
}

/** Go refuses larger counts, also as product of nested ones. */
const MAX_REPEAT = 1000;

/** Parses Go's regular expressions (RE2), given as bytes. */
export function parsePattern(budget: Budget, pattern: string): Pattern {
  return new PatternParser(budget, pattern).parse();
}

class PatternParser {
  readonly #reader: RuneReader;
  readonly #budget: Budget;
  readonly #names = new Map<string, number[]>();
  #groups = 0;
  #modes: Modes = { ignoresCase: false, isMultiLine: false, dotTakesNewline: false, isUngreedy: false };

  constructor(budget: Budget, pattern: string) {
    budget.allocate(pattern.length * 16);
    budget.step(pattern.length * 2);
    this.#budget = budget;
    this.#reader = new RuneReader([...runes(pattern)]);
  }

  parse(): Pattern {
    const root = this.#parseAlternation();
    if (!this.#reader.isAtEnd()) throw failed('The regular expression has a ")" without "(".');
    if (!isCountValid(root, MAX_REPEAT)) throw failed('The regular expression repeats too often.');
    return { root, groups: this.#groups, names: this.#names };
  }

  #parseAlternation(): PatternNode {
    this.#budget.enter();
    const choices: PatternNode[] = [];
    do choices.push(this.#parseConcatenation());
    while (this.#reader.accept('|'));
    this.#budget.leave();
    const [only] = choices;
    return choices.length === 1 && only !== undefined ? only : { type: 'alternate', choices };
  }

  #parseConcatenation(): PatternNode {
    const parts: PatternNode[] = [];
    while (!this.#reader.isAtEnd() && !this.#reader.isAt('|') && !this.#reader.isAt(')')) {
      this.#budget.step();
      if (this.#reader.accept('\\Q')) this.#parseQuoted(parts);
      else {
        const atom = this.#parseAtom();
        if (atom !== undefined) parts.push(atom);
      }
      this.#parseRepeat(parts);
    }
    return { type: 'concat', parts };
  }

  /** `\Q…\E`: everything between stands for itself. */
  #parseQuoted(parts: PatternNode[]): void {
    while (!this.#reader.isAtEnd() && !this.#reader.accept('\\E'))
      parts.push(this.#literal(this.#reader.next()));
  }

  /** A repetition takes the part before it, also when `(?i)` stands between them. */
  #parseRepeat(parts: PatternNode[]): void {
    const count = this.#readCount();
    if (count === undefined) return;
    const body = parts.pop();
    if (body === undefined) throw failed('A repetition in the regular expression has nothing to repeat.');
    const isLazy = this.#reader.accept('?');
    if (this.#readCount() !== undefined)
      throw failed('The regular expression repeats a repetition; use parentheses.');
    parts.push({ type: 'repeat', body, ...count, isGreedy: isLazy === this.#modes.isUngreedy });
  }

  #readCount(): { readonly min: number; readonly max: number } | undefined {
    if (this.#reader.accept('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#reader.accept('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#reader.accept('?')) return { min: 0, max: 1 };
    const text = this.#reader.acceptPattern(/^\{([0-9]+)(,?)([0-9]*)\}/);
    if (text === undefined) return undefined;
    const [, min = '', comma = '', max = ''] = text;
    const count = {
      min: Number(min),
      max: comma === '' ? Number(min) : max === '' ? Number.POSITIVE_INFINITY : Number(max),
    };
    const isTooLarge = count.min > MAX_REPEAT || (count.max > MAX_REPEAT && Number.isFinite(count.max));
    if (isTooLarge || count.min > count.max)
      throw failed('A repetition in the regular expression has a count that is not possible.');
    return count;
  }

  #parseAtom(): PatternNode | undefined {
    if (this.#reader.accept('(')) return this.#parseGroup();
    if (this.#reader.isAt('[')) return char(parseClass(this.#reader, this.#modes.ignoresCase));
    if (this.#reader.accept('.'))
      return char(this.#modes.dotTakesNewline ? () => true : (code) => code !== 10);
    if (this.#reader.accept('^')) return assertion(this.#modes.isMultiLine ? 'line-start' : 'text-start');
    if (this.#reader.accept('$')) return assertion(this.#modes.isMultiLine ? 'line-end' : 'text-end');
    if (this.#readCount() !== undefined)
      throw failed('A repetition in the regular expression has nothing to repeat.');
    return this.#reader.isAt('\\') ? this.#parseBackslash() : this.#literal(this.#reader.next());
  }

  #parseBackslash(): PatternNode {
    const assertions: Readonly<Record<string, Assertion>> = {
      '\\A': 'text-start',
      '\\z': 'text-end',
      '\\b': 'word',
      '\\B': 'not-word',
    };
    for (const [text, kind] of Object.entries(assertions))
      if (this.#reader.accept(text)) return assertion(kind);
    const named = parseUnicodeClass(this.#reader, this.#modes.ignoresCase);
    if (named !== undefined) return char(named);
    const perl = perlClass(this.#reader.peekText(1), this.#modes.ignoresCase);
    if (perl !== undefined) {
      this.#reader.skip(2);
      return char(perl);
    }
    return this.#literal(parseEscape(this.#reader));
  }

  #literal(code: number): PatternNode {
    return char(rangeMatcher(code, code, this.#modes.ignoresCase));
  }

  #parseGroup(): PatternNode | undefined {
    if (!this.#reader.accept('?')) return this.#parseCapture('');
    const named = this.#reader.acceptPattern(/^P?<([^>]*)>/);
    if (named !== undefined) return this.#parseCapture(named[1] ?? '', true);
    const outer = this.#modes;
    const flags = this.#reader.acceptPattern(/^([imsU]*)(?:-([imsU]+))?([:)])/);
    if (flags === undefined) throw failed('The regular expression has a "(?" that is not known.');
    const [, on = '', off = '', end] = flags;
    this.#modes = change(change(outer, on, true), off, false);
    if (end === ')') return undefined;
    const body = this.#parseAlternation();
    this.#modes = outer;
    this.#expectClose();
    return body;
  }

  #parseCapture(name: string, isNamed = false): PatternNode {
    this.#groups += 1;
    const index = this.#groups;
    if (isNamed) {
      if (!/^[A-Za-z0-9_]+$/.test(name))
        throw failed('A group of the regular expression has a name that is not possible.');
      this.#names.set(name, [...(this.#names.get(name) ?? []), index]);
    }
    const outer = this.#modes;
    const body = this.#parseAlternation();
    this.#modes = outer;
    this.#expectClose();
    return { type: 'group', index, body };
  }

  #expectClose(): void {
    if (!this.#reader.accept(')')) throw failed('A "(" of the regular expression is never closed.');
  }
}

function change(modes: Modes, letters: string, isOn: boolean): Modes {
  return {
    ignoresCase: letters.includes('i') ? isOn : modes.ignoresCase,
    isMultiLine: letters.includes('m') ? isOn : modes.isMultiLine,
    dotTakesNewline: letters.includes('s') ? isOn : modes.dotTakesNewline,
    isUngreedy: letters.includes('U') ? isOn : modes.isUngreedy,
  };
}

function char(matches: Matcher): PatternNode {
  return { type: 'char', matches };
}

function assertion(kind: Assertion): PatternNode {
  return { type: 'assert', assertion: kind };
}

function isCountValid(node: PatternNode, budget: number): boolean {
  switch (node.type) {
    case 'repeat': {
      const count = node.max === Number.POSITIVE_INFINITY ? node.min : node.max;
      const isCounted = node.min >= 2 || (Number.isFinite(node.max) && node.max >= 2);
      if (!isCounted) return isCountValid(node.body, budget);
      return count <= budget && isCountValid(node.body, count > 0 ? Math.floor(budget / count) : budget);
    }
    case 'group':
      return isCountValid(node.body, budget);
    case 'concat':
      return node.parts.every((part) => isCountValid(part, budget));
    case 'alternate':
      return node.choices.every((choice) => isCountValid(choice, budget));
    default:
      return true;
  }
}
