import type { CallEnvironment, GoFunction } from '../function-table.ts';
import type { Templates } from '../syntax/ast.ts';
import type { Scope } from './scope.ts';

/** Where a template was called from. */
export interface Frame {
  readonly template: string;
  readonly offset: number;
}

/** The state of one rendering. */
export interface Run {
  readonly env: CallEnvironment;
  readonly functions: ReadonlyMap<string, GoFunction>;
  readonly templates: Templates;
  readonly output: string[];
  /** Calls that are open, outermost first; left as they are when a failure passes. */
  readonly frames: Frame[];
  scope: Scope;
  /** Byte offset of what is being evaluated, for the place of a failure. */
  offset: number;
}
