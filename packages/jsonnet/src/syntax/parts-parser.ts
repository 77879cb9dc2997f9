import type { Bind, Clause, FunctionNode, Node, Parameter } from './ast.ts';
import type { Place } from './source.ts';
import type { TokenStream } from './token-stream.ts';

/** The bindings of a `local`, behind the keyword: `a = 1, f(x) = x`. */
export function parseBinds(tokens: TokenStream): Bind[] {
  const binds: Bind[] = [];
  const names = new Set<string>();
  do {
    binds.push(parseBind(tokens, names));
  } while (tokens.take(','));
  return binds;
}

/** One binding; `names` are those already bound in the same scope, and get the new one. */
export function parseBind(tokens: TokenStream, names: Set<string>): Bind {
  const token = tokens.identifier('to bind');
  const place = tokens.place(token);
  if (names.has(token.text))
    tokens.fail(`The local "${token.text}" is bound twice in the same place.`, token);
  names.add(token.text);
  if (tokens.isAt('('))
    return { name: token.text, value: parseFunction(tokens, token.text, place, '='), ...place };
  tokens.expect('=', `after "${token.text}"`);
  return { name: token.text, value: tokens.expression(), ...place };
}

/** Parameters and body, behind the keyword or the name; `separator` stands between both where one is due. */
export function parseFunction(
  tokens: TokenStream,
  name: string,
  place: Place,
  separator?: string,
): FunctionNode {
  const parameters = parseParameters(tokens);
  if (separator !== undefined) tokens.expect(separator, 'after the parameters');
  return { kind: 'function', name, parameters, body: tokens.expression(), ...place };
}

export function parseParameters(tokens: TokenStream): Parameter[] {
  tokens.expect('(', 'before the parameters');
  const parameters: Parameter[] = [];
  while (!tokens.take(')')) {
    const token = tokens.identifier('of a parameter');
    const fallback = tokens.take('=') ? tokens.expression() : undefined;
    parameters.push({ name: token.text, fallback, ...tokens.place(token) });
    if (!tokens.isAt(')')) tokens.expect(',', 'between parameters');
  }
  return parameters;
}

/** The `for` and `if` clauses of a comprehension; the first is a `for`. */
export function parseClauses(tokens: TokenStream): Clause[] {
  const clauses: Clause[] = [];
  for (;;) {
    const place = tokens.place();
    if (tokens.take('for')) {
      const name = tokens.identifier('after "for"').text;
      tokens.expect('in', 'after the loop variable');
      clauses.push({ name, operand: tokens.expression(), ...place });
    } else if (clauses.length > 0 && tokens.take('if')) {
      clauses.push({ name: undefined, operand: tokens.expression(), ...place });
    } else {
      return clauses;
    }
  }
}

/** The value of a field written as a method: `name(parameters): body`. */
export function asMethod(
  name: string,
  parameters: readonly Parameter[],
  body: Node,
  place: Place,
): FunctionNode {
  return { kind: 'function', name, parameters, body, ...place };
}
