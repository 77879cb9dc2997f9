import type { Statement } from './ast.ts';

/** The nesting of expressions and blocks that running the statements needs. */
export function depthOfBlock(statements: readonly Statement[]): number {
  let depth = 0;
  for (const statement of statements) depth = Math.max(depth, depthOfStatement(statement));
  return depth + 1;
}

function depthOfStatement(statement: Statement): number {
  switch (statement.kind) {
    case 'expression':
      return statement.value.depth + 1;
    case 'assign':
      return Math.max(statement.target.depth, statement.value.depth) + 1;
    case 'return':
      return (statement.value?.depth ?? 0) + 1;
    case 'for':
      return Math.max(statement.target.depth, statement.iterable.depth, depthOfBlock(statement.body)) + 1;
    case 'while':
      return Math.max(statement.condition.depth, depthOfBlock(statement.body)) + 1;
    case 'if': {
      const blocks = statement.branches.map(({ condition, body }) =>
        Math.max(condition.depth, depthOfBlock(body)),
      );
      return (
        blocks.reduce((deepest, depth) => Math.max(deepest, depth), depthOfBlock(statement.otherwise)) + 1
      );
    }
    case 'def':
      return statement.function.parameters.reduce(
        (depth, { defaultValue }) => Math.max(depth, defaultValue?.depth ?? 0),
        1,
      );
    default:
      return 1;
  }
}
