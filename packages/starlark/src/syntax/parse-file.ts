import type { BinaryOperator } from '../values/operators.ts';
import type { Expression, Name, Statement } from './ast.ts';
import { depthOfBlock } from './depth.ts';
import { GRAMMAR } from './parse-expression.ts';
import { parseLoopTarget } from './parse-operand.ts';
import { parseName, parseParameters } from './parse-parameters.ts';
import type { SourceFile } from './source-file.ts';
import { TokenStream } from './token-stream.ts';

/** Parses a whole file; throws a `syntax` error at the first problem. */
export function parseFile(file: SourceFile): Statement[] {
  const tokens = new TokenStream(file, GRAMMAR);
  const statements: Statement[] = [];
  while (!tokens.is('end of file')) {
    if (tokens.accept('newline') === undefined) parseStatement(tokens, statements);
  }
  return statements;
}

function parseStatement(tokens: TokenStream, statements: Statement[]): void {
  switch (tokens.token.kind) {
    case 'def':
      statements.push(parseDef(tokens));
      break;
    case 'if':
      statements.push(parseIf(tokens));
      break;
    case 'for':
      statements.push(parseFor(tokens));
      break;
    case 'while':
      statements.push(parseWhile(tokens));
      break;
    case 'indent':
      throw tokens.error(tokens.token.start, 'the line is indented, but no block begins before it');
    default:
      parseSimpleLine(tokens, statements);
  }
}

function parseDef(tokens: TokenStream): Statement {
  const { start: at } = tokens.take();
  const name: Name = parseName(tokens, 'after def');
  tokens.expect('(', 'after the name of the function');
  const parameters = parseParameters(tokens);
  tokens.expect(')', 'after the parameters');
  const body = parseBlock(tokens, 'after the parameters');
  const code = {
    name: name.name,
    at,
    parameters,
    body,
    depth: depthOfBlock(body) + 1,
    scope: { locals: [], free: [] },
  };
  return { kind: 'def', at, name, function: code };
}

function parseIf(tokens: TokenStream): Statement {
  const at = tokens.token.start;
  const branches: { condition: Expression; body: Statement[] }[] = [];
  let otherwise: Statement[] = [];
  do {
    tokens.take();
    const condition = GRAMMAR.parseTest(tokens);
    branches.push({ condition, body: parseBlock(tokens, 'after the condition') });
  } while (tokens.is('elif'));
  if (tokens.accept('else') !== undefined) otherwise = parseBlock(tokens, 'after else');
  return { kind: 'if', at, branches, otherwise };
}

function parseFor(tokens: TokenStream): Statement {
  const { start: at } = tokens.take();
  const target = parseLoopTarget(tokens);
  tokens.expect('in', 'after the loop variables');
  const iterable = GRAMMAR.parseExpression(tokens);
  return { kind: 'for', at, target, iterable, body: parseBlock(tokens, 'after the loop') };
}

function parseWhile(tokens: TokenStream): Statement {
  const { start: at } = tokens.take();
  const condition = GRAMMAR.parseTest(tokens);
  return { kind: 'while', at, condition, body: parseBlock(tokens, 'after the condition') };
}

/** A colon and what belongs to it: an indented block, or statements on the same line. */
function parseBlock(tokens: TokenStream, context: string): Statement[] {
  tokens.expect(':', context);
  tokens.enter();
  const statements: Statement[] = [];
  if (tokens.accept('newline') === undefined) parseSimpleLine(tokens, statements);
  else {
    if (tokens.accept('indent') === undefined) throw tokens.unexpected('expected an indented block');
    while (!tokens.is('outdent', 'end of file')) parseStatement(tokens, statements);
    tokens.expect('outdent', 'at the end of the block');
  }
  tokens.leave();
  return statements;
}

function parseSimpleLine(tokens: TokenStream, statements: Statement[]): void {
  do {
    statements.push(parseSimple(tokens));
  } while (tokens.accept(';') !== undefined && !tokens.is('newline', 'end of file'));
  if (!tokens.is('end of file')) tokens.expect('newline', 'after the statement');
}

const ASSIGNMENTS: readonly string[] = [
  '=',
  '+=',
  '-=',
  '*=',
  '/=',
  '//=',
  '%=',
  '&=',
  '|=',
  '^=',
  '<<=',
  '>>=',
];

function parseSimple(tokens: TokenStream): Statement {
  const { kind, start: at } = tokens.token;
  if (kind === 'break' || kind === 'continue' || kind === 'pass') {
    tokens.take();
    return { kind, at };
  }
  if (kind === 'return') {
    tokens.take();
    const value = tokens.is('end of file', 'newline', ';') ? undefined : GRAMMAR.parseExpression(tokens);
    return { kind: 'return', at, value };
  }
  if (kind === 'load') return parseLoad(tokens);
  const target = GRAMMAR.parseExpression(tokens);
  if (!tokens.is(...ASSIGNMENTS)) return { kind: 'expression', at, value: target };
  const assignment = tokens.take();
  const operator = assignment.kind === '=' ? undefined : (assignment.kind.slice(0, -1) as BinaryOperator);
  return { kind: 'assign', at: assignment.start, operator, target, value: GRAMMAR.parseExpression(tokens) };
}

/** `load("module", "name", other="name")`; the names are checked, but never bound, because loading is forbidden. */
function parseLoad(tokens: TokenStream): Statement {
  const { start: at } = tokens.take();
  tokens.expect('(', 'after load');
  const module = String(tokens.expect('string', 'as the file to load').value);
  let count = 0;
  while (tokens.accept(',') !== undefined && !tokens.is(')')) {
    if (tokens.is('name')) {
      tokens.take();
      tokens.expect('=', 'after the local name');
    }
    tokens.expect('string', 'as a name to load');
    count += 1;
  }
  tokens.expect(')', 'after the names to load');
  if (count === 0) throw tokens.error(at, 'load needs at least one name to load');
  return { kind: 'load', at, module };
}
