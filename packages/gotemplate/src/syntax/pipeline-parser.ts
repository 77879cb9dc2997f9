import { Failure } from '../failure.ts';
import { excerpt } from '../text/bytes.ts';
import type { Command, Operand, Pipeline } from './ast.ts';
import { parseNumber } from './number.ts';
import type { Token, TokenType } from './token.ts';
import { type TokenReader, unexpected } from './token-reader.ts';
import { unquote } from './unquote.ts';

/** Parses `$x := command | command` up to and including the token `end`. */
export function parsePipeline(reader: TokenReader, context: string, end: TokenType): Pipeline {
  const { offset } = reader.peekNonSpace();
  reader.budget.enter(offset);
  const declaration = parseDeclaration(reader, context);
  const commands: Command[] = [];
  while (reader.peekNonSpace().type !== end) commands.push(parseCommand(reader, context));
  const closing = reader.next();
  if (commands.length === 0) throw new Failure('syntax', `The ${context} lacks a value.`, closing.offset);
  for (const command of commands.slice(1)) checkStage(command);
  reader.budget.leave();
  return { commands, ...declaration, offset };
}

/** Constants cannot take the value of the command before them. */
function checkStage(command: Command): void {
  const [first] = command.operands;
  if (!['bool', 'dot', 'nil', 'number', 'string'].includes(first.type)) return;
  throw new Failure('syntax', 'A "|" must be followed by a function, field or variable.', first.offset);
}

interface Declaration {
  readonly variables: readonly string[];
  readonly isAssignment: boolean;
}

function parseDeclaration(reader: TokenReader, context: string): Declaration {
  const variables: string[] = [];
  for (;;) {
    const mark = reader.mark();
    const variable = reader.peekNonSpace();
    if (variable.type !== 'variable') break;
    reader.next();
    const sign = reader.peekNonSpace();
    if (sign.type === 'assign' || sign.type === 'declare') {
      reader.next();
      declare(reader, variables, variable);
      return { variables, isAssignment: sign.type === 'assign' };
    }
    if (sign.type !== 'other' || sign.text !== ',') {
      reader.rewind(mark);
      break;
    }
    reader.next();
    declare(reader, variables, variable);
    checkSecond(reader, context, variables.length);
  }
  return { variables, isAssignment: false };
}

function declare(reader: TokenReader, variables: string[], variable: Token): void {
  variables.push(variable.text);
  reader.variables.push(variable.text);
}

function checkSecond(reader: TokenReader, context: string, count: number): void {
  const next = reader.peekNonSpace();
  if (context !== 'range' || count >= 2)
    throw new Failure('syntax', `The ${context} declares too many variables.`, next.offset);
  if (!['variable', 'right', 'right-paren'].includes(next.type))
    throw new Failure('syntax', 'After the "," must follow a second variable.', next.offset);
}

function parseCommand(reader: TokenReader, context: string): Command {
  const { offset } = reader.peekNonSpace();
  const first = parseOperand(reader);
  if (first === undefined) throw unexpected(reader.peek(), context);
  const operands: [Operand, ...Operand[]] = [first];
  for (;;) {
    const token = reader.peek();
    if (token.type === 'right' || token.type === 'right-paren') return { operands, offset };
    reader.next();
    if (token.type === 'pipe') return { operands, offset };
    if (token.type !== 'space') throw unexpected(token, 'an operand');
    const operand = parseOperand(reader);
    if (operand !== undefined) operands.push(operand);
  }
}

function parseOperand(reader: TokenReader): Operand | undefined {
  const term = parseTerm(reader);
  if (term === undefined || reader.peek().type !== 'field') return term;
  const { offset } = reader.peek();
  const names: string[] = [];
  while (reader.peek().type === 'field') names.push(reader.next().text.slice(1));
  switch (term.type) {
    case 'field':
    case 'variable':
      return { ...term, names: [...term.names, ...names] };
    case 'identifier':
    case 'pipeline':
    case 'chain':
      return { type: 'chain', node: term, names, offset };
    default:
      throw new Failure('syntax', 'A constant or "." has no fields.', offset);
  }
}

function parseTerm(reader: TokenReader): Operand | undefined {
  const token = reader.peekNonSpace();
  const { offset, text } = token;
  switch (token.type) {
    case 'identifier':
      if (!reader.hasFunction(text))
        throw new Failure(
          'syntax',
          `The function "${excerpt(text)}" does not exist; fields start with ".".`,
          offset,
        );
      return take(reader, { type: 'identifier', name: text, offset });
    case 'dot':
    case 'nil':
      return take(reader, { type: token.type, offset });
    case 'variable':
      if (!reader.variables.includes(text))
        throw new Failure('syntax', `The variable ${excerpt(text)} is not declared here.`, offset);
      return take(reader, { type: 'variable', name: text, names: [], offset });
    case 'field':
      return take(reader, { type: 'field', names: [text.slice(1)], offset });
    case 'bool':
      return take(reader, { type: 'bool', value: text === 'true', offset });
    case 'number':
    case 'char':
    case 'complex':
      return take(reader, { type: 'number', value: parseNumber(text, token.type, offset), text, offset });
    case 'string':
    case 'raw':
      return take(reader, { type: 'string', value: unquote(text, offset), offset });
    case 'left-paren':
      reader.next();
      return {
        type: 'pipeline',
        pipeline: parsePipeline(reader, 'pipeline in parentheses', 'right-paren'),
        offset,
      };
    default:
      return undefined;
  }
}

function take(reader: TokenReader, operand: Operand): Operand {
  reader.next();
  return operand;
}
