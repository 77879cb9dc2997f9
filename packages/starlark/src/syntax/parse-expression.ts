import { Bytes } from '../values/value.ts';
import type { Chain, ChainLink, Expression, FunctionNode, Lambda, Parameter } from './ast.ts';
import { parseOperand } from './parse-operand.ts';
import { parseParameters } from './parse-parameters.ts';
import type { Grammar, TokenStream } from './token-stream.ts';

/** Binary operators from the loosest to the tightest binding; `not` stands between `and` and the comparisons. */
const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['not'],
  ['==', '!=', '<', '>', '<=', '>=', 'in', 'not in'],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['-', '+'],
  ['*', '%', '/', '//'],
];
const LEVEL_OF: ReadonlyMap<string, number> = new Map(
  LEVELS.flatMap((operators, level) => operators.map((operator) => [operator, level] as const)),
);
const NOT_LEVEL = 2;
const COMPARISON_LEVEL = 3;
const LIST_ENDS = ['end of file', 'newline', '=', '}', ']', ')', ';'];

export const GRAMMAR: Grammar = {
  parseExpression,
  parseMore,
  parseTest,
  parseTestWithoutConditional,
  parseOperators,
};

function parseExpression(tokens: TokenStream, isInParentheses = false): Expression {
  const first = parseTest(tokens);
  if (!tokens.is(',')) return first;
  const items = parseMore(tokens, [first], isInParentheses);
  const depth = tokens.nest(first.start, items);
  return { kind: 'tuple', start: first.start, at: first.start, depth, items };
}

function parseMore(tokens: TokenStream, items: Expression[], mayEndWithComma: boolean): Expression[] {
  for (let comma = tokens.accept(','); comma !== undefined; comma = tokens.accept(',')) {
    if (tokens.is(...LIST_ENDS)) {
      if (mayEndWithComma) break;
      throw tokens.error(comma.start, 'a tuple that ends with a comma needs parentheses');
    }
    items.push(parseTest(tokens));
  }
  return items;
}

function parseTest(tokens: TokenStream): Expression {
  if (tokens.is('lambda')) return parseLambda(tokens, parseTest);
  tokens.enter();
  const then = parseOperators(tokens);
  const ifToken = tokens.accept('if');
  if (ifToken === undefined) {
    tokens.leave();
    return then;
  }
  const condition = parseOperators(tokens);
  if (tokens.accept('else') === undefined) {
    throw tokens.error(ifToken.start, 'a conditional expression needs an else: x if condition else y');
  }
  const otherwise = parseTest(tokens);
  tokens.leave();
  const depth = tokens.nest(then.start, [then, condition, otherwise]);
  return { kind: 'conditional', start: then.start, at: ifToken.start, depth, condition, then, otherwise };
}

function parseTestWithoutConditional(tokens: TokenStream): Expression {
  return tokens.is('lambda') ? parseLambda(tokens, parseTestWithoutConditional) : parseOperators(tokens);
}

function parseOperators(tokens: TokenStream, level = 0): Expression {
  tokens.enter();
  const result = parseLevel(tokens, level);
  tokens.leave();
  return result;
}

function parseLevel(tokens: TokenStream, level: number): Expression {
  let left: Expression;
  if (level <= NOT_LEVEL && tokens.is('not')) left = parseNot(tokens);
  else left = parseOperand(tokens);
  let lastComparison: string | undefined;
  for (;;) {
    const start = tokens.token.start;
    const operator = takeOperator(tokens, level);
    if (operator === undefined) return left;
    const operatorLevel = LEVEL_OF.get(operator) ?? 0;
    if (operatorLevel === COMPARISON_LEVEL) {
      if (lastComparison !== undefined) {
        throw tokens.error(
          start,
          `comparisons cannot be chained; write (… ${lastComparison} …) ${operator} … or use "and"`,
        );
      }
      lastComparison = operator;
    } else if (operatorLevel < COMPARISON_LEVEL) lastComparison = undefined;
    const right = parseOperators(tokens, operatorLevel + 1);
    left = join(tokens, left, { at: start, operator: operator as ChainLink['operator'], right });
  }
}

function parseNot(tokens: TokenStream): Expression {
  const { start } = tokens.take();
  const operand = parseOperators(tokens, NOT_LEVEL);
  return { kind: 'unary', start, at: start, depth: tokens.nest(start, [operand]), operator: 'not', operand };
}

/** Takes the next token if it is a binary operator that binds at least as tightly as the level. */
function takeOperator(tokens: TokenStream, level: number): string | undefined {
  if (tokens.is('not') && level <= COMPARISON_LEVEL) {
    tokens.take();
    tokens.expect('in', 'after "not"');
    return 'not in';
  }
  return (LEVEL_OF.get(tokens.token.kind) ?? -1) < level ? undefined : tokens.take().kind;
}

/** Lengthens a chain instead of nesting it, and adds up displays and strings that stand side by side. */
function join(tokens: TokenStream, left: Expression, link: ChainLink): Expression {
  const first = left.kind === 'chain' ? left.first : left;
  const links = left.kind === 'chain' ? left.links : [];
  const last = links.at(-1);
  if (link.operator === '+') {
    const previous = last === undefined ? first : last.operator === '+' ? last.right : undefined;
    const sum = previous === undefined ? undefined : addDisplays(previous, link.right);
    if (sum !== undefined && last === undefined) return sum;
    if (sum !== undefined && last !== undefined) links[links.length - 1] = { ...last, right: sum };
    else links.push(link);
  } else links.push(link);
  const depth = Math.max(left.kind === 'chain' ? left.depth : left.depth + 1, link.right.depth + 1);
  tokens.checkDepth(depth, link.at);
  const chain: Chain = { kind: 'chain', start: first.start, at: link.at, depth, first, links };
  return chain;
}

/** The left display is lengthened in place, so that long sums take linear time. */
function addDisplays(left: Expression, right: Expression): Expression | undefined {
  if ((left.kind === 'list' && right.kind === 'list') || (left.kind === 'tuple' && right.kind === 'tuple')) {
    for (const item of right.items) left.items.push(item);
    return { ...left, depth: Math.max(left.depth, right.depth) };
  }
  if (left.kind !== 'literal' || right.kind !== 'literal') return undefined;
  if (typeof left.value === 'string' && typeof right.value === 'string') {
    return { ...left, value: left.value + right.value };
  }
  if (left.value instanceof Bytes && right.value instanceof Bytes) {
    return { ...left, value: new Bytes(left.value.data + right.value.data) };
  }
  return undefined;
}

function parseLambda(tokens: TokenStream, parseBody: (tokens: TokenStream) => Expression): Lambda {
  tokens.enter();
  const { start } = tokens.take();
  const parameters: Parameter[] = tokens.is(':') ? [] : parseParameters(tokens);
  tokens.expect(':', 'after the parameters of the lambda');
  const body = parseBody(tokens);
  tokens.leave();
  const code: FunctionNode = {
    name: 'lambda',
    at: start,
    parameters,
    body: [{ kind: 'return', at: body.start, value: body }],
    depth: body.depth + 2,
    scope: { locals: [], free: [] },
  };
  const depth = tokens.nest(
    start,
    parameters.map((parameter) => parameter.defaultValue),
  );
  return { kind: 'lambda', start, at: start, depth, function: code };
}
