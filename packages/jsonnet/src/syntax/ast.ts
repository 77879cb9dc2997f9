import type { Place } from './source.ts';

export type UnaryOperator = '!' | '-' | '+' | '~';
export type BinaryOperator =
  | '*'
  | '/'
  | '%'
  | '+'
  | '-'
  | '<<'
  | '>>'
  | '<'
  | '>'
  | '<='
  | '>='
  | 'in'
  | '=='
  | '!='
  | '&'
  | '^'
  | '|'
  | '&&'
  | '||';

export interface Literal extends Place {
  readonly kind: 'literal';
  readonly value: null | boolean | number | string;
}
/** A name. The resolver fills in where its value lies: `up` scopes outwards, there in slot `slot`. */
export interface Variable extends Place {
  readonly kind: 'variable';
  readonly name: string;
  up: number;
  slot: number;
}
export interface Self extends Place {
  readonly kind: 'self';
}
export interface Index extends Place {
  readonly kind: 'index';
  readonly target: Node;
  readonly key: Node;
}
export interface SuperIndex extends Place {
  readonly kind: 'super-index';
  readonly key: Node;
}
export interface InSuper extends Place {
  readonly kind: 'in-super';
  readonly key: Node;
}
export interface Slice extends Place {
  readonly kind: 'slice';
  readonly target: Node;
  readonly from: Node | undefined;
  readonly to: Node | undefined;
  readonly step: Node | undefined;
}
export interface NamedArgument {
  readonly name: string;
  readonly value: Node;
}
export interface Call extends Place {
  readonly kind: 'call';
  readonly target: Node;
  readonly positional: readonly Node[];
  readonly named: readonly NamedArgument[];
  readonly isTailStrict: boolean;
}
export interface Unary extends Place {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly operand: Node;
}
export interface Binary extends Place {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Node;
  readonly right: Node;
}
export interface If extends Place {
  readonly kind: 'if';
  readonly test: Node;
  readonly then: Node;
  readonly otherwise: Node | undefined;
}
export interface Bind extends Place {
  readonly name: string;
  readonly value: Node;
}
export interface Local extends Place {
  readonly kind: 'local';
  readonly binds: readonly Bind[];
  readonly body: Node;
}
export interface Parameter extends Place {
  readonly name: string;
  readonly fallback: Node | undefined;
}
export interface FunctionNode extends Place {
  readonly kind: 'function';
  /** Empty for an anonymous function. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: Node;
}
export interface ErrorNode extends Place {
  readonly kind: 'error';
  readonly operand: Node;
}
export interface Assertion extends Place {
  readonly test: Node;
  readonly message: Node | undefined;
}
export interface Assert extends Place {
  readonly kind: 'assert';
  readonly assertion: Assertion;
  readonly body: Node;
}
export interface Import extends Place {
  readonly kind: 'import';
  readonly form: 'import' | 'importstr' | 'importbin';
  readonly path: string;
}
export interface ArrayNode extends Place {
  readonly kind: 'array';
  readonly items: readonly Node[];
}
/** `for name in source` (with `name`) or `if source` (without). */
export interface Clause extends Place {
  readonly name: string | undefined;
  readonly operand: Node;
}
export interface ArrayComprehension extends Place {
  readonly kind: 'array-comprehension';
  readonly body: Node;
  readonly clauses: readonly Clause[];
}
/** `inherit` is `:`, `hidden` is `::`, `visible` is `:::`. */
export type Visibility = 'inherit' | 'hidden' | 'visible';
export interface FieldNode extends Place {
  readonly key: Node;
  /** True for `[expression]`, false for a name or a string. */
  readonly isComputed: boolean;
  readonly isPlus: boolean;
  readonly visibility: Visibility;
  readonly value: Node;
}
export interface ObjectNode extends Place {
  readonly kind: 'object';
  readonly fields: readonly FieldNode[];
  readonly binds: readonly Bind[];
  readonly assertions: readonly Assertion[];
  /** True when `$` means this object; set by the resolver. */
  isOutermost: boolean;
}
export interface ObjectComprehension extends Place {
  readonly kind: 'object-comprehension';
  readonly field: FieldNode;
  readonly binds: readonly Bind[];
  readonly clauses: readonly Clause[];
  isOutermost: boolean;
}

export type Node =
  | Literal
  | Variable
  | Self
  | Index
  | SuperIndex
  | InSuper
  | Slice
  | Call
  | Unary
  | Binary
  | If
  | Local
  | FunctionNode
  | ErrorNode
  | Assert
  | Import
  | ArrayNode
  | ArrayComprehension
  | ObjectNode
  | ObjectComprehension;
