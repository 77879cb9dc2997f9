import type { NumberConstant } from './number.ts';

/** Offsets are byte offsets in the source. */
export type Operand =
  | { readonly type: 'bool'; readonly value: boolean; readonly offset: number }
  | { readonly type: 'nil'; readonly offset: number }
  | { readonly type: 'dot'; readonly offset: number }
  | {
      readonly type: 'number';
      readonly value: NumberConstant;
      readonly text: string;
      readonly offset: number;
    }
  | { readonly type: 'string'; readonly value: string; readonly offset: number }
  | FieldOperand
  | VariableOperand
  | IdentifierOperand
  | ChainOperand
  | PipelineOperand;

/** `.a.b` */
export interface FieldOperand {
  readonly type: 'field';
  readonly names: readonly string[];
  readonly offset: number;
}

/** `$x.a.b`; `name` includes the `$`. */
export interface VariableOperand {
  readonly type: 'variable';
  readonly name: string;
  readonly names: readonly string[];
  readonly offset: number;
}

export interface IdentifierOperand {
  readonly type: 'identifier';
  readonly name: string;
  readonly offset: number;
}

/** `(…).a.b` or `name.a.b` */
export interface ChainOperand {
  readonly type: 'chain';
  readonly node: Operand;
  readonly names: readonly string[];
  readonly offset: number;
}

export interface PipelineOperand {
  readonly type: 'pipeline';
  readonly pipeline: Pipeline;
  readonly offset: number;
}

export interface Command {
  /** At least one; the first is what is called or looked up. */
  readonly operands: readonly [Operand, ...Operand[]];
  readonly offset: number;
}

export interface Pipeline {
  readonly commands: readonly Command[];
  /** Variables that get the value, with their `$`. */
  readonly variables: readonly string[];
  /** `=` instead of `:=`. */
  readonly isAssignment: boolean;
  readonly offset: number;
}

export interface Branch {
  readonly pipeline: Pipeline;
  readonly body: readonly Statement[];
}

export type Statement =
  | { readonly type: 'text'; readonly text: string; readonly offset: number }
  | { readonly type: 'action'; readonly pipeline: Pipeline; readonly offset: number }
  | ConditionStatement
  | RangeStatement
  | TemplateStatement
  | { readonly type: 'break' | 'continue'; readonly offset: number };

/** `if` and `with`, with all their `else if`; only the last `else` is unconditional. */
export interface ConditionStatement {
  readonly type: 'if' | 'with';
  readonly branches: readonly Branch[];
  readonly otherwise: readonly Statement[] | undefined;
  readonly offset: number;
}

export interface RangeStatement {
  readonly type: 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[] | undefined;
  readonly offset: number;
}

/** `{{template "name" pipeline}}` */
export interface TemplateStatement {
  readonly type: 'template';
  readonly name: string;
  readonly pipeline: Pipeline | undefined;
  readonly offset: number;
}

/** All templates of one source by name. */
export type Templates = ReadonlyMap<string, readonly Statement[]>;
