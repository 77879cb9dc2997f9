import type { Argument, Name, Parameter } from './ast.ts';
import type { TokenStream } from './token-stream.ts';

/** The parameters of a `def` or `lambda`, without the parentheses. The resolver checks their order. */
export function parseParameters(tokens: TokenStream): Parameter[] {
  const parameters: Parameter[] = [];
  while (!tokens.is(')', ':', 'end of file')) {
    if (parameters.length > 0) tokens.expect(',', 'between parameters');
    if (tokens.is(')')) break;
    parameters.push(parseParameter(tokens));
  }
  return parameters;
}

/** The arguments of a call, without the parentheses. The resolver checks their order. */
export function parseArguments(tokens: TokenStream): Argument[] {
  const args: Argument[] = [];
  while (!tokens.is(')', 'end of file')) {
    if (args.length > 0) tokens.expect(',', 'between arguments');
    if (tokens.is(')')) break;
    args.push(parseArgument(tokens));
  }
  return args;
}

export function parseName(tokens: TokenStream, context: string): Name {
  const { start, value } = tokens.expect('name', context);
  return {
    kind: 'name',
    start,
    at: start,
    depth: 1,
    name: String(value),
    isParenthesized: false,
    binding: undefined,
  };
}

function parseParameter(tokens: TokenStream): Parameter {
  const at = tokens.token.start;
  if (tokens.accept('**') !== undefined) {
    return { kind: '**', at, name: parseName(tokens, 'after **'), defaultValue: undefined };
  }
  if (tokens.accept('*') !== undefined) {
    const name = tokens.is('name') ? parseName(tokens, 'after *') : undefined;
    return { kind: '*', at, name, defaultValue: undefined };
  }
  const name = parseName(tokens, 'as a parameter');
  if (tokens.accept('=') === undefined) return { kind: 'required', at, name, defaultValue: undefined };
  return { kind: 'optional', at, name, defaultValue: tokens.grammar.parseTest(tokens) };
}

function parseArgument(tokens: TokenStream): Argument {
  const at = tokens.token.start;
  for (const kind of ['*', '**'] as const) {
    if (tokens.accept(kind) !== undefined)
      return { kind, at, name: '', value: tokens.grammar.parseTest(tokens) };
  }
  const value = tokens.grammar.parseTest(tokens);
  if (!tokens.is('=')) return { kind: 'positional', at, name: '', value };
  if (value.kind !== 'name' || value.isParenthesized)
    throw tokens.error(at, 'a named argument has the form name=value');
  tokens.take();
  return { kind: 'named', at, name: value.name, value: tokens.grammar.parseTest(tokens) };
}
