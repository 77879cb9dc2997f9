import type { Comprehension, DictEntry, Expression, ForClause, IfClause } from './ast.ts';
import { parseArguments, parseName } from './parse-parameters.ts';
import type { TokenStream } from './token-stream.ts';

/** An operand with everything that follows it directly: attributes, indexes, slices and calls. */
export function parseOperand(tokens: TokenStream): Expression {
  let operand = parsePrimary(tokens);
  for (;;) {
    if (tokens.is('.')) operand = parseAttribute(tokens, operand);
    else if (tokens.is('[')) operand = parseIndexOrSlice(tokens, operand);
    else if (tokens.is('(')) operand = parseCall(tokens, operand);
    else return operand;
  }
}

/** The variables of a loop: operands, separated by commas. */
export function parseLoopTarget(tokens: TokenStream): Expression {
  const first = parseOperand(tokens);
  if (!tokens.is(',')) return first;
  const items = [first];
  while (tokens.accept(',') !== undefined) {
    if (tokens.is('end of file', 'newline', '=', '}', ']', ')', ';')) break;
    items.push(parseOperand(tokens));
  }
  return {
    kind: 'tuple',
    start: first.start,
    at: first.start,
    depth: tokens.nest(first.start, items),
    items,
  };
}

function parsePrimary(tokens: TokenStream): Expression {
  const { kind, start, value } = tokens.token;
  switch (kind) {
    case 'name':
      return parseName(tokens, 'here');
    case 'int':
    case 'float':
    case 'string':
    case 'bytes':
      tokens.take();
      return { kind: 'literal', start, at: start, depth: 1, value: value ?? null };
    case '[':
      return parseList(tokens);
    case '{':
      return parseDict(tokens);
    case '(':
      return parseParentheses(tokens);
    case '-':
    case '+':
    case '~': {
      tokens.enter();
      tokens.take();
      const operand = parseOperand(tokens);
      tokens.leave();
      return {
        kind: 'unary',
        start,
        at: start,
        depth: tokens.nest(start, [operand]),
        operator: kind,
        operand,
      };
    }
    default:
      throw tokens.unexpected('expected an expression');
  }
}

function parseAttribute(tokens: TokenStream, object: Expression): Expression {
  const { start: at } = tokens.take();
  const { name } = parseName(tokens, 'after "."');
  return { kind: 'attribute', start: object.start, at, depth: tokens.nest(at, [object]), object, name };
}

function parseCall(tokens: TokenStream, callee: Expression): Expression {
  const { start: at } = tokens.take();
  const args = parseArguments(tokens);
  tokens.expect(')', 'after the arguments');
  const depth = tokens.nest(at, [callee, ...args.map((argument) => argument.value)]);
  return { kind: 'call', start: callee.start, at, depth, callee, args };
}

function parseIndexOrSlice(tokens: TokenStream, object: Expression): Expression {
  const { start: at } = tokens.take();
  const first = tokens.is(':') ? undefined : tokens.grammar.parseExpression(tokens);
  if (first !== undefined && tokens.accept(']') !== undefined) {
    return {
      kind: 'index',
      start: object.start,
      at,
      depth: tokens.nest(at, [object, first]),
      object,
      key: first,
    };
  }
  let high: Expression | undefined;
  let step: Expression | undefined;
  if (tokens.accept(':') !== undefined && !tokens.is(':', ']')) high = tokens.grammar.parseTest(tokens);
  if (tokens.accept(':') !== undefined && !tokens.is(']')) step = tokens.grammar.parseTest(tokens);
  tokens.expect(']', 'after the index or slice');
  const depth = tokens.nest(at, [object, first, high, step]);
  return { kind: 'slice', start: object.start, at, depth, object, low: first, high, step };
}

function parseParentheses(tokens: TokenStream): Expression {
  const { start } = tokens.take();
  if (tokens.accept(')') !== undefined) return { kind: 'tuple', start, at: start, depth: 1, items: [] };
  const inner = tokens.grammar.parseExpression(tokens, true);
  tokens.expect(')', 'to close the parenthesis');
  if (inner.kind === 'name') inner.isParenthesized = true;
  return inner;
}

function parseList(tokens: TokenStream): Expression {
  const { start } = tokens.take();
  if (tokens.accept(']') !== undefined) return { kind: 'list', start, at: start, depth: 1, items: [] };
  const first = tokens.grammar.parseTest(tokens);
  if (tokens.is('for')) return parseComprehension(tokens, start, first, ']');
  const items = tokens.grammar.parseMore(tokens, [first], true);
  tokens.expect(']', 'to close the list');
  return { kind: 'list', start, at: start, depth: tokens.nest(start, items), items };
}

function parseDict(tokens: TokenStream): Expression {
  const { start } = tokens.take();
  if (tokens.accept('}') !== undefined) return { kind: 'dict', start, at: start, depth: 1, entries: [] };
  const first = parseEntry(tokens);
  if (tokens.is('for')) return parseComprehension(tokens, start, first, '}');
  const entries = [first];
  while (tokens.accept(',') !== undefined && !tokens.is('}')) entries.push(parseEntry(tokens));
  tokens.expect('}', 'to close the dict');
  const depth = tokens.nest(
    start,
    entries.flatMap(({ key, value }) => [key, value]),
  );
  return { kind: 'dict', start, at: start, depth, entries };
}

function parseEntry(tokens: TokenStream): DictEntry {
  const key = tokens.grammar.parseTest(tokens);
  const { start: at } = tokens.expect(':', 'after the key of a dict entry (sets are written set([…]))');
  return { at, key, value: tokens.grammar.parseTest(tokens) };
}

function parseComprehension(
  tokens: TokenStream,
  start: number,
  body: Expression | DictEntry,
  close: ']' | '}',
): Comprehension {
  const clauses: (ForClause | IfClause)[] = [];
  while (tokens.accept(close) === undefined) {
    if (tokens.is('for')) clauses.push(parseForClause(tokens));
    else if (tokens.accept('if') !== undefined) {
      clauses.push({ kind: 'if', condition: tokens.grammar.parseTestWithoutConditional(tokens) });
    } else throw tokens.unexpected(`expected "for", "if" or "${close}" in the comprehension`);
  }
  const parts =
    'key' in body && 'value' in body && !('kind' in body) ? [body.key, body.value] : [body as Expression];
  for (const clause of clauses) parts.push(clause.kind === 'if' ? clause.condition : clause.iterable);
  // Each clause is a nested loop at run time.
  const depth = tokens.nest(start, parts) + clauses.length;
  tokens.checkDepth(depth, start);
  return { kind: 'comprehension', start, at: start, depth, body, clauses };
}

function parseForClause(tokens: TokenStream): ForClause {
  const { start: at } = tokens.take();
  const target = parseLoopTarget(tokens);
  tokens.expect('in', 'after the loop variables');
  return { kind: 'for', at, target, iterable: tokens.grammar.parseOperators(tokens) };
}
