import type { Node } from './ast.ts';
import { parseBinds, parseFunction } from './parts-parser.ts';
import { describeToken, type TokenStream } from './token-stream.ts';

/** An expression that begins with a keyword. */
export function parseKeyword(tokens: TokenStream, keyword: string): Node {
  const place = tokens.place();
  switch (keyword) {
    case 'null':
    case 'true':
    case 'false':
      tokens.next();
      return { kind: 'literal', value: keyword === 'null' ? null : keyword === 'true', ...place };
    case 'self':
      tokens.next();
      return { kind: 'self', ...place };
    case 'super':
      return parseSuper(tokens);
    case 'if':
      return parseIf(tokens);
    case 'local':
    case 'assert':
      return parseStatements(tokens);
    case 'function':
      tokens.next();
      return parseFunction(tokens, '', place);
    case 'error':
      tokens.next();
      return { kind: 'error', operand: tokens.expression(), ...place };
    case 'import':
    case 'importstr':
    case 'importbin':
      return parseImport(tokens, keyword);
    default:
      tokens.fail(`Expected an expression, found ${describeToken(tokens.peek())}.`);
  }
}

function parseSuper(tokens: TokenStream): Node {
  const place = tokens.place(tokens.next());
  if (tokens.take('.')) {
    const key = tokens.identifier('after "super."');
    return {
      kind: 'super-index',
      key: { kind: 'literal', value: key.text, ...tokens.place(key) },
      ...place,
    };
  }
  tokens.expect('[', 'or "." after "super"');
  const key = tokens.expression();
  tokens.expect(']', 'after the index');
  return { kind: 'super-index', key, ...place };
}

function parseIf(tokens: TokenStream): Node {
  const place = tokens.place(tokens.next());
  const test = tokens.expression();
  tokens.expect('then', 'after the condition');
  const then = tokens.expression();
  const otherwise = tokens.take('else') ? tokens.expression() : undefined;
  return { kind: 'if', test, then, otherwise, ...place };
}

/** `local …;` and `assert …;` may stand in long rows, so they are collected first and nested afterwards. */
function parseStatements(tokens: TokenStream): Node {
  const wrappers: ((body: Node) => Node)[] = [];
  while (tokens.isAt('local') || tokens.isAt('assert')) {
    const token = tokens.next();
    const place = tokens.place(token);
    if (token.text === 'local') {
      const binds = parseBinds(tokens);
      wrappers.push((body) => ({ kind: 'local', binds, body, ...place }));
    } else {
      const test = tokens.expression();
      const message = tokens.take(':') ? tokens.expression() : undefined;
      wrappers.push((body) => ({ kind: 'assert', assertion: { test, message, ...place }, body, ...place }));
    }
    tokens.expect(';', `after "${token.text}"`);
  }
  return wrappers.reduceRight((body, wrap) => wrap(body), tokens.expression());
}

function parseImport(tokens: TokenStream, form: 'import' | 'importstr' | 'importbin'): Node {
  const place = tokens.place(tokens.next());
  const path = tokens.expression();
  if (path.kind === 'literal' && typeof path.value === 'string') {
    return { kind: 'import', form, path: path.value, ...place };
  }
  tokens.fail('The path of an import must be a plain string, not computed.');
}
