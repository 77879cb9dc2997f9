import type { BinaryOperator, UnaryOperator } from '../values/operators.ts';
import type { Value } from '../values/value.ts';

/**
 * The syntax tree. `start` is the byte offset of the first character, `at` that of the place an error points to (the
 * operator, the opening bracket, the dot). `depth` is the nesting that evaluating the node needs.
 */
interface Node {
  readonly start: number;
  readonly at: number;
  readonly depth: number;
}

/** What a name stands for; the resolver fills it in. */
export interface Binding {
  readonly name: string;
  /** `cell` is a local that inner functions share; `free` is such a variable seen from the inner function. */
  scope: 'local' | 'cell' | 'free' | 'global' | 'predeclared';
  /** Place among the locals, cells, free variables or globals. */
  index: number;
}

export interface Name extends Node {
  readonly kind: 'name';
  readonly name: string;
  isParenthesized: boolean;
  binding: Binding | undefined;
}

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: Value;
}

export interface ListDisplay extends Node {
  readonly kind: 'list';
  /** The parser alone may lengthen it. */
  readonly items: Expression[];
}

export interface TupleDisplay extends Node {
  readonly kind: 'tuple';
  /** The parser alone may lengthen it. */
  readonly items: Expression[];
}

export interface DictEntry {
  /** Offset of the colon. */
  readonly at: number;
  readonly key: Expression;
  readonly value: Expression;
}

export interface DictDisplay extends Node {
  readonly kind: 'dict';
  readonly entries: readonly DictEntry[];
}

export interface ForClause {
  readonly kind: 'for';
  readonly at: number;
  readonly target: Expression;
  readonly iterable: Expression;
}

export interface IfClause {
  readonly kind: 'if';
  readonly condition: Expression;
}

export interface Comprehension extends Node {
  readonly kind: 'comprehension';
  /** An expression makes a list, an entry a dict. */
  readonly body: Expression | DictEntry;
  /** The first is a `for`. */
  readonly clauses: readonly (ForClause | IfClause)[];
}

export interface Conditional extends Node {
  readonly kind: 'conditional';
  readonly condition: Expression;
  readonly then: Expression;
  readonly otherwise: Expression;
}

export interface Unary extends Node {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly operand: Expression;
}

export interface ChainLink {
  readonly at: number;
  readonly operator: BinaryOperator | 'and' | 'or';
  readonly right: Expression;
}

/** `first op right op right …` from left to right: long sums are flat, so they do not nest. */
export interface Chain extends Node {
  readonly kind: 'chain';
  readonly first: Expression;
  /** The parser alone may lengthen it. */
  readonly links: ChainLink[];
}

export interface Attribute extends Node {
  readonly kind: 'attribute';
  readonly object: Expression;
  readonly name: string;
}

export interface Index extends Node {
  readonly kind: 'index';
  readonly object: Expression;
  readonly key: Expression;
}

export interface Slice extends Node {
  readonly kind: 'slice';
  readonly object: Expression;
  readonly low: Expression | undefined;
  readonly high: Expression | undefined;
  readonly step: Expression | undefined;
}

export interface Argument {
  readonly kind: 'positional' | 'named' | '*' | '**';
  readonly at: number;
  /** Only of named arguments. */
  readonly name: string;
  readonly value: Expression;
}

export interface CallExpression extends Node {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly args: readonly Argument[];
}

export interface Parameter {
  /** `*` without a name separates the keyword-only parameters. */
  readonly kind: 'required' | 'optional' | '*' | '**';
  readonly at: number;
  readonly name: Name | undefined;
  readonly defaultValue: Expression | undefined;
}

/** The variables of one function; the resolver fills it in. */
export interface FunctionScope {
  /** Bindings of the parameters and other locals, by index. */
  readonly locals: Binding[];
  /** Bindings in the enclosing function, by index of the free variable. */
  readonly free: Binding[];
}

export interface FunctionNode {
  readonly name: string;
  readonly at: number;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly depth: number;
  readonly scope: FunctionScope;
}

export interface Lambda extends Node {
  readonly kind: 'lambda';
  readonly function: FunctionNode;
}

export type Expression =
  | Name
  | Literal
  | ListDisplay
  | TupleDisplay
  | DictDisplay
  | Comprehension
  | Conditional
  | Unary
  | Chain
  | Attribute
  | Index
  | Slice
  | CallExpression
  | Lambda;

export type Statement =
  | { readonly kind: 'expression'; readonly at: number; readonly value: Expression }
  | {
      readonly kind: 'assign';
      readonly at: number;
      /** `undefined` for plain assignment, `+` for `+=` and so on. */
      readonly operator: BinaryOperator | undefined;
      readonly target: Expression;
      readonly value: Expression;
    }
  | {
      readonly kind: 'if';
      readonly at: number;
      readonly branches: readonly { readonly condition: Expression; readonly body: readonly Statement[] }[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: 'for';
      readonly at: number;
      readonly target: Expression;
      readonly iterable: Expression;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: 'while';
      readonly at: number;
      readonly condition: Expression;
      readonly body: readonly Statement[];
    }
  | { readonly kind: 'def'; readonly at: number; readonly name: Name; readonly function: FunctionNode }
  | { readonly kind: 'return'; readonly at: number; readonly value: Expression | undefined }
  | { readonly kind: 'break' | 'continue' | 'pass'; readonly at: number }
  | { readonly kind: 'load'; readonly at: number; readonly module: string };
