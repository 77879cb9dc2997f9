import type { Value } from '../values/value.ts';

export const KEYWORDS: ReadonlySet<string> = new Set(
  'and break continue def elif else for if in lambda load not or pass return while'.split(' '),
);

/**
 * Python's other keywords, which no name may use. Newer Starlark-Go also reserves `async`, `await` and `from`; the
 * release inside Drone does not, and pipelines have parameters called `from`, so they stay names here.
 */
export const RESERVED: ReadonlySet<string> = new Set(
  'as class del except finally global import is nonlocal raise try with yield'.split(' '),
);

/**
 * `kind` is `name`, `int`, `float`, `string`, `bytes`, `newline`, `indent`, `outdent`, `end of file`, or for keywords
 * and punctuation the text itself. Offsets are bytes.
 */
export interface Token {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  /** The value of a literal, or the text of a name. */
  readonly value?: Value;
}
