import type { Machine } from './machine.ts';

export type Conversion = 'd' | 'o' | 'x' | 'e' | 'f' | 'g' | 'c' | 's' | '%';

/** One `%…` of a format. `width` and `precision` may be `*`: taken from the values. */
export interface Directive {
  readonly key: string | undefined;
  readonly isAlternate: boolean;
  readonly isZeroPadded: boolean;
  readonly isLeft: boolean;
  readonly isBlank: boolean;
  readonly isSigned: boolean;
  readonly width: number | '*';
  readonly precision: number | '*' | undefined;
  readonly conversion: Conversion;
  /** True for the capital forms X, E, F and G. */
  readonly isCapital: boolean;
}

const DIRECTIVE = /%(?:\(([^)]*)\))?([#0\- +]*)(\*|[1-9][0-9]*)?(?:\.(\*|[0-9]*))?[hlL]*([diuoxXeEfFgGcs%])/y;

/** Splits a format into plain text and directives. */
export function* parseFormat(machine: Machine, format: string): Generator<string | Directive> {
  let at = 0;
  while (at < format.length) {
    const start = format.indexOf('%', at);
    if (start !== at) yield format.slice(at, start === -1 ? format.length : start);
    if (start === -1) return;
    DIRECTIVE.lastIndex = start;
    const match = DIRECTIVE.exec(format);
    if (match === null) {
      return machine.fail(`The format directive "${format.slice(start, start + 12)}" is cut off or unknown.`);
    }
    at = start + match[0].length;
    yield directiveOf(match);
  }
}

function directiveOf(match: RegExpExecArray): Directive {
  const [, key, flags = '', width = '', precision, letter = 's'] = match;
  const lower = letter.toLowerCase();
  return {
    key,
    isAlternate: flags.includes('#'),
    isZeroPadded: flags.includes('0'),
    isLeft: flags.includes('-'),
    isBlank: flags.includes(' '),
    isSigned: flags.includes('+'),
    width: width === '*' ? '*' : Number(width),
    precision: precision === undefined || precision === '*' ? precision : Number(precision),
    conversion: (lower === 'i' || lower === 'u' ? 'd' : lower) as Conversion,
    isCapital: letter !== lower,
  };
}
