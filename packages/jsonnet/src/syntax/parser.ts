import type { Binary, BinaryOperator, Call, NamedArgument, Node, UnaryOperator } from './ast.ts';
import { parseKeyword } from './keyword-parser.ts';
import { parseObject } from './object-parser.ts';
import { parseClauses } from './parts-parser.ts';
import type { Source } from './source.ts';
import { describeToken, TokenStream } from './token-stream.ts';

/** Binding strength, strongest first (the operator table of the language specification). */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['*', '/', '%'],
  ['+', '-'],
  ['<<', '>>'],
  ['<', '>', '<=', '>=', 'in'],
  ['==', '!='],
  ['&'],
  ['^'],
  ['|'],
  ['&&'],
  ['||'],
];
const STRENGTHS: ReadonlyMap<string, number> = new Map(
  LEVELS.flatMap((operators, level) => operators.map((operator) => [operator, LEVELS.length - level])),
);
const UNARY_OPERATORS: readonly string[] = ['!', '-', '+', '~'] satisfies UnaryOperator[];

/** Parses a whole file. Throws `JsonnetError` (`syntax`, or `limit` when it is nested too deeply). */
export function parse(source: Source): Node {
  const tokens = new TokenStream(source, (stream) => parseBinary(stream, 1));
  const node = tokens.expression();
  if (tokens.peek().kind !== 'end') {
    tokens.fail(`Expected the end of the file, found ${describeToken(tokens.peek())}.`);
  }
  return node;
}

/** Precedence climbing: operators of at least `strength`, left to right without recursion. */
function parseBinary(tokens: TokenStream, strength: number): Node {
  let left = parseUnary(tokens);
  for (;;) {
    const token = tokens.peek();
    if (token.kind !== 'operator' && !tokens.isAt('in')) return left;
    const found = STRENGTHS.get(token.text);
    if (found === undefined) {
      // A colon ends the expression: it belongs to a slice, an assertion or a field around it.
      if (token.text.startsWith(':') || token.text === '=') return left;
      tokens.fail(`"${token.text}" is not a binary operator.`);
    }
    if (found < strength) return left;
    tokens.next();
    if (token.text === 'in' && tokens.isAt('super')) {
      tokens.next();
      left = { kind: 'in-super', key: left, ...tokens.place(token) };
      continue;
    }
    const right = tokens.nested(() => parseBinary(tokens, found + 1));
    left = {
      kind: 'binary',
      operator: token.text as Binary['operator'],
      left,
      right,
      ...tokens.place(token),
    };
  }
}

function parseUnary(tokens: TokenStream): Node {
  const token = tokens.peek();
  if (token.kind !== 'operator' || !UNARY_OPERATORS.includes(token.text)) return parsePostfix(tokens);
  tokens.next();
  const operand = tokens.nested(() => parseUnary(tokens));
  return { kind: 'unary', operator: token.text as UnaryOperator, operand, ...tokens.place(token) };
}

function parsePostfix(tokens: TokenStream): Node {
  let node = parsePrimary(tokens);
  for (;;) {
    const place = tokens.place();
    if (tokens.take('.')) {
      const key = tokens.identifier('after "."');
      const value: Node = { kind: 'literal', value: key.text, ...tokens.place(key) };
      node = { kind: 'index', target: node, key: value, ...place };
    } else if (tokens.take('[')) {
      node = parseBrackets(tokens, node);
    } else if (tokens.isAt('(')) {
      node = parseCall(tokens, node);
    } else if (tokens.isAt('{')) {
      node = { kind: 'binary', operator: '+', left: node, right: parseObject(tokens), ...place };
    } else {
      return node;
    }
  }
}

/** Behind `target[`: an index, or a slice of up to three parts. `::` is one token and two colons. */
function parseBrackets(tokens: TokenStream, target: Node): Node {
  const place = tokens.place();
  const parts: (Node | undefined)[] = [undefined];
  while (!tokens.take(']')) {
    const colons = /^:+$/.test(tokens.peek().text) && tokens.peek().kind === 'operator';
    if (colons) {
      for (const _ of tokens.next().text) parts.push(undefined);
    } else if (parts.at(-1) === undefined) {
      parts[parts.length - 1] = tokens.expression();
    } else {
      tokens.fail(`Expected "]" after the index, found ${describeToken(tokens.peek())}.`);
    }
    if (parts.length > 3) tokens.fail('A slice has at most three parts: [from:to:step].');
  }
  const [first, to, step] = parts;
  if (parts.length > 1) return { kind: 'slice', target, from: first, to, step, ...place };
  if (first === undefined) tokens.fail('An index is missing between the brackets.');
  return { kind: 'index', target, key: first, ...place };
}

function parseCall(tokens: TokenStream, target: Node): Call {
  const place = tokens.place(tokens.expect('(', 'before the arguments'));
  const positional: Node[] = [];
  const named: NamedArgument[] = [];
  while (!tokens.take(')')) {
    if (tokens.peek().kind === 'identifier' && tokens.isAt('=', 1)) {
      const name = tokens.next().text;
      tokens.next();
      named.push({ name, value: tokens.expression() });
    } else {
      if (named.length > 0) tokens.fail('A positional argument cannot follow a named one.');
      positional.push(tokens.expression());
    }
    if (!tokens.isAt(')')) tokens.expect(',', 'between arguments');
  }
  return { kind: 'call', target, positional, named, isTailStrict: tokens.take('tailstrict'), ...place };
}

function parsePrimary(tokens: TokenStream): Node {
  const token = tokens.peek();
  const place = tokens.place(token);
  switch (token.kind) {
    case 'number':
      return { kind: 'literal', value: Number(tokens.next().text), ...place };
    case 'string':
      return { kind: 'literal', value: tokens.next().text, ...place };
    case 'identifier':
      return { kind: 'variable', name: tokens.next().text, up: 0, slot: 0, ...place };
    case 'keyword':
      return parseKeyword(tokens, token.text);
    default:
      return parseOpening(tokens);
  }
}

function parseOpening(tokens: TokenStream): Node {
  const place = tokens.place();
  if (tokens.isAt('{')) return parseObject(tokens);
  if (tokens.take('$')) return { kind: 'variable', name: '$', up: 0, slot: 0, ...place };
  if (tokens.take('(')) {
    const node = tokens.expression();
    tokens.expect(')', 'to close the parenthesis');
    return node;
  }
  if (tokens.take('[')) return parseArray(tokens, place.offset);
  tokens.fail(`Expected an expression, found ${describeToken(tokens.peek())}.`);
}

function parseArray(tokens: TokenStream, offset: number): Node {
  const place = { source: tokens.source, offset };
  const items: Node[] = [];
  while (!tokens.take(']')) {
    items.push(tokens.expression());
    const hasComma = tokens.take(',');
    const [body] = items;
    if (tokens.isAt('for') && items.length === 1 && body !== undefined) {
      const clauses = parseClauses(tokens);
      tokens.expect(']', 'to close the comprehension');
      return { kind: 'array-comprehension', body, clauses, ...place };
    }
    if (!hasComma && !tokens.isAt(']')) tokens.expect(',', 'between array elements');
  }
  return { kind: 'array', items, ...place };
}
