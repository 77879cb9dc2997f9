/** Tells whether a code point belongs to a set. */
export type Matcher = (code: number) => boolean;

export type Assertion = 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word' | 'not-word';

/** A parsed regular expression. */
export type PatternNode =
  | { readonly type: 'empty' }
  | { readonly type: 'char'; readonly matches: Matcher }
  | { readonly type: 'assert'; readonly assertion: Assertion }
  | { readonly type: 'group'; readonly index: number; readonly body: PatternNode }
  | { readonly type: 'concat'; readonly parts: readonly PatternNode[] }
  | { readonly type: 'alternate'; readonly choices: readonly PatternNode[] }
  | RepeatNode;

export interface RepeatNode {
  readonly type: 'repeat';
  readonly body: PatternNode;
  readonly min: number;
  /** Infinity for no limit. */
  readonly max: number;
  readonly isGreedy: boolean;
}

export interface Pattern {
  readonly root: PatternNode;
  /** Capturing groups, the whole match not counted. */
  readonly groups: number;
  /** Group numbers by name; several groups may share one. */
  readonly names: ReadonlyMap<string, readonly number[]>;
}
